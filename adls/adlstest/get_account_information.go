package adlstest

func getAccountInformation(s *suite) {
	s.of("GetAccountInformation")
	for _, method := range []string{"GET", "HEAD"} {
		s.check(method+" answers the kind of account without a body", func(t *T) {
			t.BlobService(method, "?restype=account&comp=properties").Want(200).Text("").Have("x-ms-sku-name", "x-ms-account-kind", "Date", "x-ms-request-id")
		})
	}
	s.check("says whether the namespace is hierarchical", func(t *T) {
		v := t.BlobService("GET", "?restype=account&comp=properties").Want(200).Has("x-ms-is-hns-enabled")
		t.True(v == "true" || v == "false", "x-ms-is-hns-enabled is true or false")
	})
	s.check("may be asked at a container and at a blob", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("GET", "?restype=account&comp=properties").Want(200).Have("x-ms-sku-name")
		t.Blob("GET", "b?restype=account&comp=properties").Want(200).Have("x-ms-sku-name")
	})
	s.check("without a signature it is refused", func(t *T) {
		t.BlobService("GET", "?restype=account&comp=properties").Unsigned().Fails(401, "NoAuthenticationInformation")
	})
}
