// Package examples holds projects that run as they are; the demo brings the first along.
package examples

import "embed"

// Contoso is a project over the data of package sample, in the folder "contoso". Its data files are generated.
//
//go:embed contoso/*.yaml contoso/sources/*.yaml contoso/README.md
var Contoso embed.FS
