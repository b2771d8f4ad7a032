// The photos that wait to be sent, stored in this browser.

import { photos } from "../unsaved.js";

/** @typedef {{ id: string, name: string, bytes: ArrayBuffer }} Stored */

/**
 * Store a photo. Returns whether that worked.
 *
 * @param {string} album
 * @param {Stored} photo
 */
export const storePhoto = async (album, photo) =>
  Boolean(await photos.run("readwrite", (rows) => rows.put(photo, `${album}|${photo.id}`)));

/**
 * @param {string} album
 * @param {string} id
 */
export const dropPhoto = (album, id) => photos.run("readwrite", (rows) => rows.delete(`${album}|${id}`));

/**
 * Return all stored photos of an album.
 *
 * @param {string} album
 * @returns {Promise<Stored[]>}
 */
export async function storedPhotos(album) {
  const range = () => IDBKeyRange.bound(`${album}|`, `${album}|\uffff`);
  const request = await photos.run("readonly", (rows) => rows.getAll(range()));
  return request?.result ?? [];
}
