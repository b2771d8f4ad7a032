// The photos that the server does not have yet, stored in this browser.

import { ObjectStore } from "../idb.js";

/** @typedef {{ id: string, name: string, bytes: ArrayBuffer }} Stored */

const store = new ObjectStore("forum-photos", "photos");

/**
 * Returns whether the photo is stored.
 *
 * @param {string} album
 * @param {Stored} photo
 */
export const storePhoto = async (album, photo) =>
  Boolean(await store.run("readwrite", (photos) => photos.put(photo, `${album}|${photo.id}`)));

/**
 * @param {string} album
 * @param {string} id
 */
export const dropPhoto = (album, id) => store.run("readwrite", (photos) => photos.delete(`${album}|${id}`));

/**
 * All photos of an album that are stored.
 *
 * @param {string} album
 * @returns {Promise<Stored[]>}
 */
export async function storedPhotos(album) {
  const range = () => IDBKeyRange.bound(`${album}|`, `${album}|\uffff`);
  const request = await store.run("readonly", (photos) => photos.getAll(range()));
  return request?.result ?? [];
}
