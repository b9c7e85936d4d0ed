package adlstest

import "strings"

// filesystemListing is the body of Filesystem List.
type filesystemListing struct {
	Filesystems []struct {
		Name         string `json:"name"`
		ETag         string `json:"etag"`
		LastModified string `json:"lastModified"`
	} `json:"filesystems"`
}

func filesystemList(s *suite) {
	s.of("FilesystemList", DFS)
	// three makes filesystems with a prefix of their own.
	three := func(t *T) (prefix string) {
		prefix = "conform-" + unique()
		for _, end := range []string{"-a", "-b", "-c"} {
			t.made = append(t.made, prefix+end)
			t.at(true, "PUT", prefix+end, "?resource=filesystem").Want(201)
		}
		return prefix
	}
	list := func(t *T, query string) (filesystemListing, *Answer) {
		var l filesystemListing
		a := t.DFSService("GET", "?resource=account"+query).Want(200).JSON(&l)
		return l, a
	}

	s.check("lists by name in order, those of the prefix only", func(t *T) {
		prefix := three(t)
		l, _ := list(t, "&prefix="+prefix)
		t.Equal("filesystems", len(l.Filesystems), 3)
		for i, end := range []string{"-a", "-b", "-c"} {
			t.Equal("name", l.Filesystems[i].Name, prefix+end)
		}
	})
	s.check("the body is JSON and says so", func(t *T) {
		_, a := list(t, "&prefix="+three(t))
		t.True(strings.HasPrefix(a.Get("Content-Type"), "application/json"), "Content-Type is JSON, and not "+a.Get("Content-Type"))
	})
	s.check("each entry has an ETag and a date", func(t *T) {
		l, _ := list(t, "&prefix="+three(t))
		for _, f := range l.Filesystems {
			t.True(f.ETag != "", "an ETag on "+f.Name)
			t.True(strings.HasSuffix(f.LastModified, "GMT"), "lastModified is an HTTP date, and not "+f.LastModified)
		}
	})
	s.check("pages of one visit every filesystem once", func(t *T) {
		query := "&prefix=" + three(t) + "&maxResults=1"
		var seen []string
		continuation := ""
		for {
			l, a := list(t, query+continuation)
			t.True(len(l.Filesystems) <= 1, "a page has at most one entry")
			for _, f := range l.Filesystems {
				seen = append(seen, f.Name)
			}
			next := a.Get("x-ms-continuation")
			if next == "" {
				break
			}
			continuation = "&continuation=" + escape(next)
			t.True(len(seen) < 4, "the listing ends")
		}
		t.Equal("filesystems", len(seen), 3)
	})
	s.check("a prefix that nothing has lists nothing", func(t *T) {
		l, a := list(t, "&prefix=conform-none-"+unique())
		t.Equal("filesystems", len(l.Filesystems), 0)
		a.No("x-ms-continuation")
	})
	for _, bad := range []string{"0", "-1", "many"} {
		s.check("maxResults "+bad+" is refused", func(t *T) {
			t.DFSService("GET", "?resource=account&maxResults="+bad).Fails(400, "InvalidQueryParameterValue|OutOfRangeQueryParameterValue")
		})
	}
	s.check("without a signature it is refused", func(t *T) {
		t.DFSService("GET", "?resource=account").Unsigned().Fails(401, "NoAuthenticationInformation")
	})
}
