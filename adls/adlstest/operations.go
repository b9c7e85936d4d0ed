package adlstest

// operations add the cases of each operation.
var operations = []func(*suite){
	filesystemCreate, filesystemList, filesystemGetProperties, filesystemSetProperties, filesystemDelete,
	pathCreate, pathAppend, pathFlush, pathRead, pathList, pathRename, pathDelete, pathGetProperties, pathSetProperties,
	pathGetAccessControl, pathSetAccessControl, pathSetAccessControlRecursive, pathCheckAccess,
	createContainer, listContainers, getContainerProperties, setContainerMetadata, containerACL, deleteContainer, restoreContainer, listBlobs,
	putBlob, getBlob, getBlobProperties, getBlobMetadata, setBlobProperties, setBlobMetadata, putBlock, putBlockList, getBlockList, deleteBlob, undeleteBlob,
	pathLease, pathSetExpiry, pathUndelete, leaseContainer, leaseBlob, copyBlob, copyBlobFromURL, putBlobFromURL, putBlockFromURL, appendBlock, appendBlockFromURL, appendBlobSeal,
	snapshotBlob, blobTags, findBlobsByTags, setBlobTier, blobBatch, serviceProperties, getBlobServiceStats, getAccountInformation, getUserDelegationKey,
	sharedKey, sharedKeyLite, serviceSAS, accountSAS, userDelegationSAS, bearerToken, protocol, names, conditions,
}
