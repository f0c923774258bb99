/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Path;
import java.util.OptionalInt;

import io.pinyon.device.DevicePlan;
import io.pinyon.device.Workload;
import io.pinyon.engine.Engine;
import io.pinyon.kv.KvSpec;
import io.pinyon.model.LoadOptions;
import io.pinyon.model.Models;

/** Sums up what {@link Loading} and sessions would allocate. */
final class Planning {
    private Planning() {}

    static Plan plan(Path path, ModelOptions options, SessionOptions session, int sessions) {
        Options.require(sessions >= 1, "PIN-OPTION-SESSIONS", "number of sessions", sessions, "use 1 or more");
        KvSpec spec = KvSpec.parse(session.kv());
        OptionalInt tokens = session.contextLength() == 0
                ? OptionalInt.empty()
                : OptionalInt.of(session.contextLength());
        Workload model = Models.workload(path, new LoadOptions(options.prefillChunk(), OptionalInt.empty()), spec,
                tokens, sessions);
        Workload work = model.withMoreWorking(Engine.workingBytes(model.vocabulary()));
        DevicePlan device = DevicePlan.of(options.device(), options.deviceOptions());
        int longest = device.fits(work) ? work.tokens() : device.mostTokens(work);
        return new Plan(device.id(), device.unusable(), work.tokens(), sessions, spec.toString(), work.maxRows(),
                device.memory(work), device.tier(), device.available(), longest);
    }
}
