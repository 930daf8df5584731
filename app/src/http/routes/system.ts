import { settingList, systemView } from '../../api/system.ts';
import type { Api } from '../api.ts';
import type { Rooms } from '../rooms.ts';
import { createSystemView } from '../system.ts';

const tags = ['status'];

export function systemRoutes(app: Api, rooms: Rooms): void {
  const viewSystem = createSystemView(rooms);
  app.get(
    '/api/v1/system',
    {
      schema: {
        tags,
        summary: 'Versions, room on the disk, and how much is kept',
        response: { 200: systemView },
      },
    },
    () => viewSystem(),
  );
  app.get(
    '/api/v1/settings',
    {
      // Paths, hosts and users of this machine: for who may change everything anyway.
      config: { right: 'admin' },
      schema: {
        tags,
        summary: 'Every setting in force, and where it comes from',
        response: { 200: settingList },
      },
    },
    () => ({ items: rooms.settings() }),
  );
}
