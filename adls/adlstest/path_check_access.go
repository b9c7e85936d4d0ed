package adlstest

func pathCheckAccess(s *suite) {
	s.of("PathCheckAccess", DFS, HNS)
	check := func(t *T, path, action string) *Request {
		return t.DFS("HEAD", path+"?action=checkAccess&fsAction="+action)
	}

	for _, action := range []string{"r--", "rw-", "rwx", "--x", "-w-"} {
		s.check("the account key has "+action+" on a file", func(t *T) {
			t.File("f", "")
			check(t, "f", action).Want(200).Text("")
		})
	}
	s.check("the account key has access to a directory", func(t *T) {
		t.Dir("d")
		check(t, "d", "rwx").Want(200)
	})
	s.check("a missing path is not found", func(t *T) {
		t.Filesystem()
		check(t, "none", "r--").Fails(404, "PathNotFound")
	})
	s.check("letters that are none are refused", func(t *T) {
		t.File("f", "")
		check(t, "f", "rwz").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("fsAction is required", func(t *T) {
		t.File("f", "")
		t.DFS("HEAD", "f?action=checkAccess").Fails(400, "MissingRequiredQueryParameter|InvalidQueryParameterValue")
	})
}
