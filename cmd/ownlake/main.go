// Command ownlake is the one binary of the project: the lake, the pipeline that unifies customer data on it,
// and the tools around both. Each command has a file of its own; root.go holds what they share. The commands
// know flags, output and exit codes and leave the work to packages.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
