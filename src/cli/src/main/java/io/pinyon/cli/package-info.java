/** The pinyon command: one class per subcommand, options that several share, and errors as one line. */
@NullMarked
package io.pinyon.cli;

import org.jspecify.annotations.NullMarked;
