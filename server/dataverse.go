package server

import "path/filepath"

// dataverseDir is where a data folder keeps what it knows of Dataverse.
func dataverseDir(dataDir string) string { return filepath.Join(dataDir, "dataverse") }
