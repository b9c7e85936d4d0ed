package arm

// RouteCount is how many operations there are.
func RouteCount() int { return len(routes) }
