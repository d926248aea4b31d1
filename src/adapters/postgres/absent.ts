/** A row whose nullable columns are optional keys, as the domain has them. */
export type WithoutNulls<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: Exclude<T[K], null>;
};

/** SQL's null is the domain's absent key. */
export function withoutNulls<T extends object>(row: T): WithoutNulls<T> {
  // Removing the nulls is what the type says.
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as WithoutNulls<T>;
}
