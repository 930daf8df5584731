import { openHouse, PASSWORD, post, type House, type HouseOptions } from '../../test/http/house.ts';
import { startTestServer } from '../../test/record/test-database.ts';

/** A whole supervisor with a database, and somebody logged in at it. */
export interface PanelHouse extends House {
  readonly cookie: { readonly name: string; readonly value: string };
}

export async function openPanelHouse(
  options: Omit<HouseOptions, 'databaseUrl'>,
): Promise<PanelHouse> {
  await using parts = new AsyncDisposableStack();
  const server = await startTestServer();
  parts.defer(() => server.stop());
  const house = parts.use(
    await openHouse({ ...options, databaseUrl: await server.createDatabase() }),
  );
  const answer = await house.ask(
    '/api/v1/session',
    post({ password: PASSWORD }, { origin: house.url }),
  );
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '') ?? [];
  if (name === undefined || value === undefined) {
    throw new Error(`Nobody could log in: ${answer.status} ${await answer.text()}`);
  }
  const running = parts.move();
  return {
    ...house,
    cookie: { name, value },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
