// One store of an IndexedDB. Where the browser refuses it, nothing fails, and the results are null.

export class ObjectStore {
  /**
   * @param {string} database
   * @param {string} name
   */
  constructor(database, name) {
    this.name = name;
    this.database = database;
    /** @type {Promise<IDBDatabase | null> | undefined} */
    this.opened = undefined; // until it is needed
  }

  /** @returns {Promise<IDBDatabase | null>} */
  open() {
    return new Promise((resolve) => {
      try {
        const request = indexedDB.open(this.database, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(this.name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = request.onblocked = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }

  /**
   * Run one transaction. Returns what `act` returned once the transaction is complete; null when that failed.
   *
   * @template Result
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => Result} act
   * @returns {Promise<Result | null>}
   */
  async run(mode, act) {
    this.opened ??= this.open();
    const database = await this.opened;
    if (!database) return null;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction(this.name, mode);
        const result = act(transaction.objectStore(this.name));
        transaction.oncomplete = () => resolve(result);
        transaction.onerror = transaction.onabort = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }
}
