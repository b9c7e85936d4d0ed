// Package dataverse is the side of a lake that Dataverse is: the organisations that are linked with environments, and a
// service that stands for Dataverse and answers their tables.
//
// [Links] keeps which organisation is bound to which storage account, checks a permissions identifier before it binds one,
// and outlives environments: an organisation that is bound stays so until it is detached. [Service] answers
// /api/data/v9.2/ of the organisations from their lakes, which it reads as a principal of the directory, by tokens; it holds no key
// and keeps no rights: each answer begins with a read that the lake allows or refuses.
package dataverse
