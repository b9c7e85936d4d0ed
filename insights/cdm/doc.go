// Package cdm reads and writes model.json 1.0, the metadata file of a Common Data Model folder.
//
// [Parse] is as strict and as tolerant as Microsoft's CDM SDK was measured to be (reference lake-layout, section
// 5): what makes the SDK give up the whole folder is an error here too, what it lets pass becomes a [Warning].
// [Validate] asks more: what the strictest of the readers ask of a writer. [Marshal] refuses a model that does not
// pass it. Properties that the format does not define, such as "pbi:refreshPolicy", are kept and written again.
//
// The package knows the format only: it opens no files and resolves no locations.
package cdm
