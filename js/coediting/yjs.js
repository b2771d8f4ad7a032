/*! Yjs and lib0, MIT licence, (c) Kevin Jahns and the chair of Computer Science 5 of RWTH Aachen University */
// The functions of Yjs that are used here: shared texts whose changes can be merged in any order.

export {
  applyUpdate,
  Doc,
  encodeStateAsUpdate,
  encodeStateVector,
  getState,
  mergeUpdates,
  UndoManager,
} from "yjs";
