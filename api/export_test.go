package api

// TableStates is tableStates, for the tests.
var TableStates = tableStates
