/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

import io.pinyon.device.DevicePlan;
import io.pinyon.device.KvPlaces;
import io.pinyon.device.Workload;
import io.pinyon.engine.Engine;
import io.pinyon.kv.KvSpec;
import io.pinyon.model.LoadOptions;
import io.pinyon.model.Models;

/** Sums up what {@link Loading} and sessions would allocate. */
final class Planning {
    private final Path path;
    private final ModelOptions options;
    private final int sessions;
    private final DevicePlan device;

    private Planning(Path path, ModelOptions options, int sessions, DevicePlan device) {
        this.path = path;
        this.options = options;
        this.sessions = sessions;
        this.device = device;
    }

    /** Finds the device that is planned for. */
    static Planning of(Path path, ModelOptions options, int sessions) {
        Options.require(sessions >= 1, "PIN-OPTION-SESSIONS", "number of sessions", sessions, "use 1 or more");
        return new Planning(path, options, sessions, DevicePlan.of(options.device(), options.deviceOptions()));
    }

    /** What may be chosen for a model. */
    record Choice(int chunk, KvSpec spec, OptionalInt tokens) {
        static Choice of(ModelOptions options, KvSpec spec, SessionOptions session) {
            return new Choice(options.prefillChunk(), spec, session.contextLength() == 0
                    ? OptionalInt.empty()
                    : OptionalInt.of(session.contextLength()));
        }

        Choice withChunk(int rows) {
            return new Choice(rows, spec, tokens);
        }

        Choice withSpec(KvSpec other) {
            return new Choice(chunk, other, tokens);
        }

        Choice withTokens(int count) {
            return new Choice(chunk, spec, OptionalInt.of(count));
        }
    }

    static Plan plan(Path path, ModelOptions options, SessionOptions session, int sessions) {
        KvSpec spec = KvSpec.parse(session.kv());
        return of(path, options, sessions).plan(Choice.of(options, spec, session));
    }

    DevicePlan device() {
        return device;
    }

    /** The same for a device with a page file. */
    Planning withDisk() {
        return new Planning(path, options, sessions, device.withDisk());
    }

    /** A choice with its workload, which is placed where there is room. */
    Workload workload(Choice choice) {
        Workload model = Models.workload(path, new LoadOptions(choice.chunk(), OptionalInt.empty()), choice.spec(),
                choice.tokens(), sessions);
        return place(choice, model.withMoreWorking(Engine.workingBytes(model.vocabulary())));
    }

    private Workload place(Choice choice, Workload work) {
        var placement = choice.spec().placement();
        return device.place(work, new KvPlaces.Most(placement.movable(),
                placement.device().pages(work.pages(), work.pageBytes()),
                placement.host().pages(work.pages(), work.pageBytes())));
    }

    boolean fits(Choice choice) {
        return device.fits(workload(choice));
    }

    Plan plan(Choice choice) {
        Workload work = workload(choice);
        boolean fits = device.fits(work);
        int longest = fits ? work.tokens() : longest(choice, work);
        var plan = new Plan(device.id(), device.unusable(), work.tokens(), sessions, choice.spec().toString(),
                work.maxRows(), device.memory(work), device.tier(), device.available(), longest,
                List.of());
        return fits ? plan : new Remedies(this, choice, options).of(plan);
    }

    /** The longest context that fits, less than that of a workload which does not; 0 if none does. */
    int longest(Choice choice) {
        return longest(choice, workload(choice));
    }

    private int longest(Choice choice, Workload work) {
        int fit = 0;
        int tooMany = work.tokens();
        while (tooMany - fit > 1) {
            int middle = (fit + tooMany) >>> 1;
            if (device.fits(place(choice, work.withTokens(middle)))) {
                fit = middle;
            } else {
                tooMany = middle;
            }
        }
        return fit;
    }
}
