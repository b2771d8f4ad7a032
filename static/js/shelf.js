// What this browser keeps for a page, if it keeps anything: one store of an IndexedDB. Nothing here ever fails; an answer
// of null says that nothing was kept, or that nothing can be.

export class Shelf {
  constructor(database, store) {
    this.store = store;
    this.opened = new Promise((resolve) => {
      try {
        const asked = indexedDB.open(database, 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore(store);
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = asked.onblocked = () => resolve(null);
      } catch { resolve(null); }
    });
  }

  /** What `act` asked of the store, once its transaction is kept; `mode` as IndexedDB names it. */
  async ask(mode, act) {
    const database = await this.opened;
    if (!database) return null;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction(this.store, mode);
        const request = act(transaction.objectStore(this.store));
        transaction.oncomplete = () => resolve(request);
        transaction.onerror = transaction.onabort = () => resolve(null);
      } catch { resolve(null); }
    });
  }
}
