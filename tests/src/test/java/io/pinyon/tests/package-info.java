/** Tests of the built jars, of the command line, and of the rules that hold across modules. */
@NullMarked
package io.pinyon.tests;

import org.jspecify.annotations.NullMarked;
