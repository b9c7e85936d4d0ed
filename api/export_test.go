package api

// TableStates is tableStates, for the tests.
var TableStates = tableStates

// KeysOf reads the keys that a customer has in a table.
var KeysOf = keysOf
