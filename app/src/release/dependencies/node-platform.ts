/** What native modules are built for: the Node that runs the supervisor is the jobs' one too. */
export function nodePlatform(): Promise<string> {
  const { platform, arch, versions } = process;
  return Promise.resolve(`${platform} ${arch} node-abi-${versions.modules}`);
}
