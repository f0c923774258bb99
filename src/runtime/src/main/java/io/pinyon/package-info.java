/**
 * Runs language models: load a {@link io.pinyon.Model}, open a {@link io.pinyon.Session}, generate.
 *
 * {@snippet :
 * try (Model model = Pinyon.load(Path.of("model.gguf")); Session session = model.session()) {
 *     Completion completion = session.generate("Once upon a time", GenerateOptions.defaults(), System.out::print);
 * }
 * }
 *
 * <p>Errors are the exceptions of {@link io.pinyon.error}: each has a stable code, the offending value and a remedy.
 */
@NullMarked
package io.pinyon;

import org.jspecify.annotations.NullMarked;
