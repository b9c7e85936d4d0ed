// Command proof tries a shared lake from outside, by requests as programs send them: every kind of principal with every
// operation, and attacks. It reads who may what from a table that was written by hand from the service's documentation
// (matrix.txt), does not know how the lake decides, and prints what was expected beside what was found.
//
// test/share/run.sh calls it against a lake and a tenant in the box that are its alone: it makes principals, roles and files, and
// leaves them.
package main
