package adlstest

// operations add the cases of each operation.
var operations = []func(*suite){
	filesystemCreate, filesystemList, filesystemGetProperties, filesystemSetProperties, filesystemDelete,
	pathCreate, pathAppend, pathFlush, pathRead, pathList, pathRename, pathDelete, pathGetProperties, pathSetProperties,
	pathGetAccessControl, pathSetAccessControl, pathSetAccessControlRecursive, pathCheckAccess,
	createContainer, listContainers, getContainerProperties, setContainerMetadata, containerACL, deleteContainer, listBlobs,
	putBlob, getBlob, getBlobProperties, setBlobProperties, setBlobMetadata, putBlock, putBlockList, getBlockList, deleteBlob,
	pathLease, pathSetExpiry, pathUndelete, leaseContainer, leaseBlob, copyBlob, copyBlobFromURL, putBlockFromURL, appendBlock,
	snapshotBlob, blobTags, setBlobTier, blobBatch, serviceProperties, getUserDelegationKey,
	sharedKey, serviceSAS, accountSAS, userDelegationSAS, bearerToken, protocol, names, conditions,
}
