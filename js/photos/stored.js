// The photos that wait to be sent, stored in this browser.

import { ObjectStore } from "../idb.js";

/** @typedef {{ id: string, name: string, bytes: ArrayBuffer }} Stored */

const store = new ObjectStore("forum-photos", "photos");

/**
 * Store a photo. Returns whether that worked.
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
 * Return all stored photos of an album.
 *
 * @param {string} album
 * @returns {Promise<Stored[]>}
 */
export async function storedPhotos(album) {
  const range = () => IDBKeyRange.bound(`${album}|`, `${album}|\uffff`);
  const request = await store.run("readonly", (photos) => photos.getAll(range()));
  return request?.result ?? [];
}
