package adlstest

import "strings"

// oddNames are names that clients or servers easily get wrong, escaped, and what they are.
var oddNames = []struct{ what, escaped, name string }{
	{"spaces", "a%20b%20%20c", "a b  c"},
	{"a plus", "a%2Bb", "a+b"},
	{"a plus that is not escaped", "a+b", "a+b"},
	{"a percent sign", "a%25b", "a%b"},
	{"what looks escaped", "a%2520b", "a%20b"},
	{"umlauts", "%C3%A4%C3%B6%C3%BC", "äöü"},
	{"Chinese characters", "%E6%95%B0%E6%8D%AE", "数据"},
	{"an emoji", "%F0%9F%8C%8A", "🌊"},
	{"a combined accent", "e%CC%81", "e\u0301"},
	{"a hash", "a%23b", "a#b"},
	{"a question mark", "a%3Fb", "a?b"},
	{"an ampersand and an equals sign", "a%26b%3Dc", "a&b=c"},
	{"quotes", "%22a%27b%22", `"a'b"`},
	{"angle brackets", "%3Ca%3E", "<a>"},
	{"brackets and braces", "%5Ba%5D%7Bb%7D", "[a]{b}"},
	{"parentheses, an exclamation mark and an asterisk", "(a)!*", "(a)!*"},
	{"a colon", "a%3Ab", "a:b"},
	{"a semicolon and a comma", "a%3Bb%2Cc", "a;b,c"},
	{"a tilde and a dollar sign", "~a$b", "~a$b"},
	{"an at sign", "a@b", "a@b"},
	{"a dot at its beginning", ".hidden", ".hidden"},
	{"dots within", "a..b", "a..b"},
	{"a partition's equals sign", "year=2026", "year=2026"},
	{"a caret, a backtick and a bar", "a%5Eb%60c%7Cd", "a^b`c|d"},
	{"capital letters", "ABC", "ABC"},
}

func names(s *suite) {
	s.of("Names")
	for _, n := range oddNames {
		s.check("a blob's name may have "+n.what, func(t *T) {
			t.PutBlob("dir/"+n.escaped, "content")
			t.Content("dir/"+n.escaped, "content")
			t.Equal("name in the listing", t.listBlobs("&prefix=dir/").names(), "dir/"+n.name)
		})
	}
	for _, n := range oddNames {
		s.check("a path's name may have "+n.what, func(t *T) {
			t.File("dir/"+n.escaped, "content")
			t.DFS("GET", "dir/"+n.escaped).Want(200).Text("content")
			paths, _ := t.listPaths("recursive=true&directory=dir")
			t.Equal("name in the listing", namesOf(paths), "dir/"+n.name)
		}, DFS)
	}
	s.check("names that differ in case are two", func(t *T) {
		t.PutBlob("a", "small")
		t.PutBlob("A", "large")
		t.Content("a", "small")
		t.Content("A", "large")
	})
	s.check("names that look the same and are written otherwise are two", func(t *T) {
		t.PutBlob("%C3%A9", "one character")
		t.PutBlob("e%CC%81", "two characters")
		t.Content("%C3%A9", "one character")
		t.Content("e%CC%81", "two characters")
	})
	s.check("letters that are escaped without need are the letters", func(t *T) {
		t.PutBlob("abc", "content")
		t.Content("%61%62%63", "content")
	})
	s.check("an escaped slash is a slash", func(t *T) {
		t.PutBlob("d/b", "content")
		t.Content("d%2Fb", "content")
	})
	s.check("a name of 1,024 characters is taken", func(t *T) {
		long := strings.Repeat("x", 250)
		path := long + "/" + long + "/" + long + "/" + long + "/" + strings.Repeat("y", 20)
		t.Equal("characters", len(path), 1024)
		t.PutBlob(path, "content")
		t.Content(path, "content")
	})
	s.check("a name of 1,025 characters is refused", func(t *T) {
		long := strings.Repeat("x", 250)
		path := long + "/" + long + "/" + long + "/" + long + "/" + strings.Repeat("y", 21)
		a := t.Blob("PUT", path).H("x-ms-blob-type", "BlockBlob").Body("x").Send()
		t.True(a.status >= 400 && a.status < 500, "the name is refused")
	})
	s.check("a path 60 directories deep is taken", func(t *T) {
		path := strings.Repeat("d/", 60) + "f"
		t.File(path, "content")
		t.DFS("GET", path).Want(200).Text("content")
	}, DFS)
	s.check("a path that climbs out of its filesystem reaches nothing", func(t *T) {
		other := t.NewFilesystem()
		t.at(false, "PUT", other, "secret").H("x-ms-blob-type", "BlockBlob").Body("secret").Want(201)
		a := t.Blob("GET", "%2E%2E/"+other+"/secret").Send()
		t.True(a.status >= 400, "the path is refused")
		t.True(!strings.Contains(string(a.body), ">secret<") && string(a.body) != "secret", "nothing is told")
	})
	s.check("bytes that are no UTF-8 are refused", func(t *T) {
		a := t.Blob("PUT", "a%FFb").H("x-ms-blob-type", "BlockBlob").Body("x").Send()
		t.True(a.status >= 400 && a.status < 500, "the name is refused")
	})
}
