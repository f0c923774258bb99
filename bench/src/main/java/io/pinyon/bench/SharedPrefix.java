/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.pinyon.Model;
import io.pinyon.ModelOptions;
import io.pinyon.Pinyon;
import io.pinyon.Session;
import io.pinyon.SessionOptions;
import io.pinyon.kv.KvSpec;
import io.pinyon.memory.Purpose;
import tools.jackson.databind.json.JsonMapper;

/**
 * What sessions with a common beginning take: bytes of keys and values as the device's account has them, and seconds until
 * each is open, by {@code fork} and by {@code sharePrefixes}; and what pages and their books take more than the entries.
 *
 * <p>Tokens are random; each session has some of its own behind the common ones.
 */
public final class SharedPrefix {
    private static final int OWN_TOKENS = 16;
    private static final long SEED = 1;

    private final Path file;
    private final String device;
    private final int prefixLength;
    private final int sessions;
    private final int pageTokens;

    private SharedPrefix(Path file, String device, int prefixLength, int sessions, int pageTokens) {
        this.file = file;
        this.device = device;
        this.prefixLength = prefixLength;
        this.sessions = sessions;
        this.pageTokens = pageTokens;
    }

    /** Prints one line of JSON; arguments: model file, and if they are to be others, device, prefix length, sessions, page. */
    public static void main(String[] arguments) {
        if (arguments.length < 1 || arguments.length > 5) {
            System.err.println("usage: SharedPrefix MODEL [DEVICE [PREFIX_LENGTH [SESSIONS [PAGE_TOKENS]]]]");
            System.exit(2);
        }
        int prefixLength = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 8192;
        int sessions = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 32;
        int pageTokens = arguments.length > 4 ? Integer.parseInt(arguments[4]) : KvSpec.DEFAULT_PAGE_TOKENS;
        if (prefixLength < pageTokens || sessions < 2) {
            System.err.println("a prefix has at least " + pageTokens + " tokens, those of a page; 2 sessions share it");
            System.exit(2);
        }
        String device = arguments.length > 1 ? arguments[1] : ModelOptions.defaults().device();
        var measurement = new SharedPrefix(Path.of(arguments[0]), device, prefixLength, sessions, pageTokens);
        System.out.println(new JsonMapper().writeValueAsString(measurement.run()));
    }

    private Map<String, Object> run() {
        var result = new LinkedHashMap<String, Object>();
        result.put("model", file.getFileName().toString());
        result.put("prefix_tokens", prefixLength);
        result.put("own_tokens", OWN_TOKENS);
        result.put("sessions", sessions);
        result.put("page_tokens", pageTokens);
        result.put("seed", SEED);
        try (Model model = load(false)) {
            result.put("device", model.device().id());
            result.put("device_description", model.device().description());
            result.put("fork", forked(model));
            // the second is one token into its last page, which is the worst that there is
            int odd = (prefixLength / pageTokens - 1) * pageTokens + 1;
            result.put("page_overhead", List.of(overhead(model, prefixLength), overhead(model, odd)));
        }
        try (Model model = load(true)) {
            result.put("share_prefixes", shared(model));
        }
        return result;
    }

    private Model load(boolean sharePrefixes) {
        return Pinyon.load(file, ModelOptions.defaults().withDevice(device).withSharePrefixes(sharePrefixes));
    }

    private Session open(Model model) {
        return model.session(options());
    }

    /** With 16 bits, so that what 16 bits take is what the entries take. */
    private SessionOptions options() {
        return SessionOptions.defaults().withKv("codec=f16:page=" + pageTokens)
                .withContextLength(prefixLength + OWN_TOKENS);
    }

    private static int[] tokens(Model model, Random random, int count) {
        return random.ints(count, 0, model.info().vocabularySize()).toArray();
    }

    /** Lets the virtual machine compile what is to be measured, with tokens that nobody shares. */
    private void warmUp(Model model) {
        try (Session session = open(model)) {
            session.append(tokens(model, new Random(SEED + 1), prefixLength + OWN_TOKENS));
        }
        if (model.memory().bytes(Purpose.KV) != 0) {
            throw new IllegalStateException("keys and values were left behind");
        }
    }

    private Map<String, Object> forked(Model model) {
        warmUp(model);
        Random random = new Random(SEED);
        var open = new ArrayList<Session>();
        var seconds = new ArrayList<Double>();
        try {
            long start = System.nanoTime();
            Session first = open(model);
            open.add(first);
            first.append(tokens(model, random, prefixLength));
            double firstSeconds = since(start);
            Map<String, Object> one = kvBytes(model);
            for (int i = 1; i < sessions; i++) {
                start = System.nanoTime();
                Session fork = first.fork();
                open.add(fork);
                fork.append(tokens(model, random, OWN_TOKENS));
                seconds.add(since(start));
            }
            start = System.nanoTime();
            first.append(tokens(model, random, OWN_TOKENS));
            return report(model, one, firstSeconds + since(start), seconds);
        } finally {
            open.forEach(Session::close);
        }
    }

    private Map<String, Object> shared(Model model) {
        warmUp(model);
        Random random = new Random(SEED);
        int[] prefix = tokens(model, random, prefixLength);
        var open = new ArrayList<Session>();
        var seconds = new ArrayList<Double>();
        try {
            long start = System.nanoTime();
            Session first = open(model);
            open.add(first);
            first.append(prefix);
            double firstSeconds = since(start);
            Map<String, Object> one = kvBytes(model);
            start = System.nanoTime();
            first.append(tokens(model, random, OWN_TOKENS));
            firstSeconds += since(start);
            for (int i = 1; i < sessions; i++) {
                int[] prompt = Arrays.copyOf(prefix, prefixLength + OWN_TOKENS);
                System.arraycopy(tokens(model, random, OWN_TOKENS), 0, prompt, prefixLength, OWN_TOKENS);
                start = System.nanoTime();
                Session next = open(model);
                open.add(next);
                next.append(prompt);
                seconds.add(since(start));
            }
            return report(model, one, firstSeconds, seconds);
        } finally {
            open.forEach(Session::close);
        }
    }

    private static double since(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }

    private static Map<String, Object> kvBytes(Model model) {
        var bytes = new LinkedHashMap<String, Object>();
        model.memory().items().stream().filter(item -> item.purpose() == Purpose.KV && item.bytes() > 0)
                .forEach(item -> bytes.put(item.tier().toString(), item.bytes()));
        bytes.put("all", model.memory().bytes(Purpose.KV));
        return bytes;
    }

    private static Map<String, Object> report(Model model, Map<String, Object> one, double first,
            List<Double> further) {
        var result = new LinkedHashMap<String, Object>();
        Map<String, Object> all = kvBytes(model);
        result.put("kv_bytes_of_one_with_prefix", one);
        result.put("kv_bytes_of_all", all);
        result.put("ratio", ((Long) all.get("all")).doubleValue() / (Long) one.get("all"));
        result.put("first_seconds", first);
        result.put("further_seconds_mean", further.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
        result.put("further_seconds", further);
        return result;
    }

    /** Bytes that a session of so many tokens takes more than their keys and values. */
    private Map<String, Object> overhead(Model model, int length) {
        long heapBefore = JavaHeap.used();
        long workBefore = model.memory().bytes(Purpose.ACTIVATIONS);
        try (Session session = open(model)) {
            session.append(tokens(model, new Random(SEED), length));
            long tables = Math.max(plannedTables(), model.memory().bytes(Purpose.ACTIVATIONS) - workBefore);
            long heap = JavaHeap.used() - heapBefore;
            long kv = model.memory().bytes(Purpose.KV);
            long entries = session.kv().fullBytes();
            var result = new LinkedHashMap<String, Object>();
            result.put("tokens", length);
            result.put("bytes_per_token", entries / length);
            result.put("entry_bytes", entries);
            result.put("kv_bytes", kv);
            result.put("block_table_bytes", tables);
            result.put("java_heap_bytes", heap);
            result.put("overhead_of_pages", overhead(kv, entries));
            result.put("overhead_with_tables", overhead(kv + tables, entries));
            result.put("overhead_with_tables_and_heap", overhead(kv + tables + heap, entries));
            return result;
        }
    }

    private static double overhead(long bytes, long entries) {
        return (double) bytes / entries - 1;
    }

    /** Block tables in the device's memory; host devices have them on the Java heap. */
    private long plannedTables() {
        return Pinyon.plan(file, ModelOptions.defaults().withDevice(device),
                options(), 1).memory().items().stream()
                .filter(item -> item.what().equals("block tables")).mapToLong(item -> item.bytes()).sum();
    }
}
