/**
 * Whether two addresses lead to one repository as far as they show it: `https://host/team/x.git` and
 * `git@host:team/x` do. Another port, host or path counts as another repository.
 */
export function isSameRepository(one: string, another: string): boolean {
  return placeOf(one) === placeOf(another);
}

/** Host and path, without transport, user and what git itself adds or leaves out. */
function placeOf(address: string): string {
  const scp = /^(?:[^@/:]+@)?([^@/:]+):(?!\/\/)(.*)$/s.exec(address);
  if (scp !== null) return joined(scp[1] ?? '', scp[2] ?? '');
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(address) || !URL.canParse(address))
    return joined('', address);
  const { protocol, hostname, port, pathname, search } = new URL(address);
  const isUsual = port === '' || (protocol === 'ssh:' && port === '22');
  return joined(isUsual ? hostname : `${hostname}:${port}`, `${pathname}${search}`);
}

function joined(host: string, path: string): string {
  const bare = path
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/\/+$/, '');
  return `${host.toLowerCase()}/${bare}`;
}
