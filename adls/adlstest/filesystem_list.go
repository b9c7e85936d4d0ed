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

func filesystemGetProperties(s *suite) {
	s.of("FilesystemGetProperties", DFS)
	head := func(t *T) *Request { return t.DFS("HEAD", "?resource=filesystem") }

	s.check("answers 200 with ETag and date", func(t *T) {
		a := head(t).Want(200)
		a.Have("ETag", "Last-Modified").Text("")
		a.Time("Last-Modified")
	})
	s.check("says whether the namespace is hierarchical", func(t *T) {
		head(t).Want(200).Header("x-ms-namespace-enabled", "true")
	}, HNS)
	s.check("the ETag is quoted and that of the blob endpoint", func(t *T) {
		etag := head(t).Want(200).Get("ETag")
		t.True(strings.HasPrefix(etag, `"`) && strings.HasSuffix(etag, `"`), "the ETag is quoted")
		t.Blob("HEAD", "?restype=container").Want(200).Header("ETag", etag)
	})
	s.check("a missing one is not found", func(t *T) {
		t.at(true, "HEAD", t.Unused(), "?resource=filesystem").Fails(404, "FilesystemNotFound")
	})
	s.check("writing files does not change the ETag", func(t *T) {
		etag := head(t).Want(200).Get("ETag")
		t.File("f", "x")
		head(t).Want(200).Header("ETag", etag)
	})
}

func filesystemSetProperties(s *suite) {
	s.of("FilesystemSetProperties", DFS)
	set := func(t *T, p string) *Request { return t.DFS("PATCH", "?resource=filesystem").H("x-ms-properties", p) }
	get := func(t *T) string { return t.DFS("HEAD", "?resource=filesystem").Want(200).Get("x-ms-properties") }

	s.check("replaces all properties", func(t *T) {
		set(t, "a="+b64("1")+",b="+b64("2")).Want(200)
		set(t, "c="+b64("3")).Want(200)
		t.Equal("properties", get(t), "c="+b64("3"))
	})
	s.check("answers the new ETag", func(t *T) {
		before := t.DFS("HEAD", "?resource=filesystem").Want(200).Get("ETag")
		after := set(t, "a="+b64("1")).Want(200).Has("ETag")
		t.True(before != after, "the ETag changed")
		t.DFS("HEAD", "?resource=filesystem").Want(200).Header("ETag", after)
	})
	s.check("shows as metadata of the container", func(t *T) {
		set(t, "color="+b64("blue")).Want(200)
		t.Blob("HEAD", "?restype=container").Want(200).Header("x-ms-meta-color", "blue")
	})
	s.check("a missing filesystem is not found", func(t *T) {
		t.at(true, "PATCH", t.Unused(), "?resource=filesystem").H("x-ms-properties", "a="+b64("1")).Fails(404, "FilesystemNotFound")
	})
	s.check("If-Unmodified-Since of before is not met", func(t *T) {
		set(t, "a="+b64("1")).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
		t.Equal("properties", get(t), "")
	})
	s.check("If-Modified-Since of before is met", func(t *T) {
		set(t, "a="+b64("1")).H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Want(200)
	})
	s.check("a value that is not base64 is refused", func(t *T) {
		set(t, "a=!!").Fails(400, "")
	})
}

func filesystemDelete(s *suite) {
	s.of("FilesystemDelete", DFS)
	remove := func(t *T) *Request { return t.DFS("DELETE", "?resource=filesystem") }

	s.check("answers 202 and the filesystem is gone", func(t *T) {
		remove(t).Want(202).Text("")
		t.DFS("HEAD", "?resource=filesystem").Fails(404, "FilesystemNotFound")
	})
	s.check("takes its files along", func(t *T) {
		t.File("d/f", "x")
		remove(t).Want(202)
		t.DFS("HEAD", "d/f").Fails(404, "FilesystemNotFound|PathNotFound")
	})
	s.check("a missing one is not found", func(t *T) {
		t.at(true, "DELETE", t.Unused(), "?resource=filesystem").Fails(404, "FilesystemNotFound")
	})
	s.check("If-Modified-Since in the future is not met", func(t *T) {
		etag := t.DFS("HEAD", "?resource=filesystem").Want(200).Get("ETag")
		remove(t).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
		t.DFS("HEAD", "?resource=filesystem").Want(200).Header("ETag", etag)
	})
	s.check("a leased one is not deleted without the lease", func(t *T) {
		lease := t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201).Has("x-ms-lease-id")
		remove(t).Fails(412, "LeaseIdMissing")
		remove(t).H("x-ms-lease-id", lease).Want(202)
	})
}
