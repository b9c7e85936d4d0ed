package adlstest

import "encoding/xml"

func serviceProperties(s *suite) {
	s.of("GetBlobServiceProperties")
	get := func(t *T) *Answer { return t.BlobService("GET", "?restype=service&comp=properties").Want(200) }

	s.check("answers what the service logs, measures and keeps", func(t *T) {
		var p struct {
			XMLName xml.Name `xml:"StorageServiceProperties"`
		}
		get(t).XML(&p).Contains("<Cors").Contains("<DeleteRetentionPolicy>")
	})
	s.check("without a signature it is refused", func(t *T) {
		t.BlobService("GET", "?restype=service&comp=properties").Unsigned().Fails(401, "NoAuthenticationInformation")
	})

	s.of("SetBlobServiceProperties")
	set := func(t *T, body string) *Request {
		return t.BlobService("PUT", "?restype=service&comp=properties").Body(body)
	}
	s.checkAlone("what was read may be set again", func(t *T) {
		before := string(get(t).body)
		set(t, before).Want(202).Text("")
		t.Equal("properties", string(get(t).body), before)
	})
	s.check("a body that is no XML is refused", func(t *T) {
		set(t, "<Storage").Fails(400, "InvalidXmlDocument")
	})
	// refused wants a policy refused. A server that takes it gets its former properties back.
	refused := func(t *T, policy string) {
		before := string(get(t).body)
		a := set(t, "<StorageServiceProperties><DeleteRetentionPolicy>"+policy+"</DeleteRetentionPolicy></StorageServiceProperties>").Send()
		if a.status < 300 {
			set(t, before).Send()
		}
		t.Equal("status for the policy "+policy, a.status, 400)
	}
	s.checkAlone("a retention without days is refused", func(t *T) {
		refused(t, "<Enabled>true</Enabled>")
	})
	s.checkAlone("a retention of 366 days is refused", func(t *T) {
		refused(t, "<Enabled>true</Enabled><Days>366</Days>")
	})
}
