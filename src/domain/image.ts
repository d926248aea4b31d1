/** Image references, by the grammar of the distribution project (`reference.go`): `[host[:port]/]path[:tag][@digest]`. */

const host = '(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?)';
const part = '[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*';
const repository = `(?:${host}/)?${part}(?:/${part})*`;
const reference = new RegExp(`^(${repository})(?::[A-Za-z0-9_][\\w.-]{0,127})?(?:@[A-Za-z0-9][\\w+.:-]*)?$`);
const prefix = new RegExp(`^${repository}$`);
const lengthMax = 512;

export const isImageReference = (text: string): boolean => text.length <= lengthMax && reference.test(text);

/** A repository, or what several begin with: no tag, no digest. */
export const isRepositoryPrefix = (text: string): boolean => text.length <= lengthMax && prefix.test(text);

/** Without tag and digest, in full: `nginx:1` is `docker.io/library/nginx`. Undefined: no image reference. */
export function repositoryOf(image: string): string | undefined {
  const found = image.length <= lengthMax ? reference.exec(image)?.[1] : undefined;
  return found === undefined ? undefined : inFull(found);
}

/** Docker's rule: the first part is a registry when it could not be a user's name. */
const namesRegistry = (first: string): boolean => /[.:]/.test(first) || first === 'localhost';

function inFull(name: string): string {
  const [first = '', ...others] = name.split('/');
  if (others.length === 0) return `docker.io/library/${name}`;
  return namesRegistry(first) ? name : `docker.io/${name}`;
}

/**
 * Whether an image is from one of these repositories, or from below one of them. A bare name is the one official
 * repository of it: `nginx` is neither the user `nginx` nor what is below; a user is written `docker.io/shop`.
 */
export function isFrom(image: string, repositories: readonly string[]): boolean {
  const from = repositoryOf(image);
  if (from === undefined) return false;
  return repositories.some((one) => {
    if (from === inFull(one)) return true;
    const named = namesRegistry(one.split('/')[0] ?? '');
    if (!named && !one.includes('/')) return false;
    return from.startsWith(`${named ? one : `docker.io/${one}`}/`);
  });
}
