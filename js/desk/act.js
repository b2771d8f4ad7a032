// The request of a button on the board, sent by a script.

import { byId } from "../dom.js";
import { newKey } from "../http.js";
import { post } from "../submitting.js";

/**
 * Post to this address. Returns whether the server did it.
 *
 * @param {string} path
 * @param {Record<string, string>} fields
 */
export function act(path, fields) {
  const body = new FormData(byId("act", HTMLFormElement));
  body.set("key", newKey());
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return post(path, body);
}
