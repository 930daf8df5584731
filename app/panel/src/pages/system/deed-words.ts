type Detail = Readonly<Record<string, unknown>>;

/** What people do, by the kind of its event; what it was done to stands behind it. */
export const DEEDS: Readonly<Record<string, (detail: Detail) => string>> = {
  job_switched: ({ enabled }) => {
    if (enabled === null) return 'let the crontab decide again on';
    return enabled === true ? 'enabled' : 'disabled';
  },
  failure_acknowledged: () => 'has seen to the failure of',
  cancel_requested: () => 'canceled',
  rolled_back: () => 'rolled back to',
  token_created: ({ name, scopes }) => `made the token ${text(name)} (${list(scopes)})`,
  token_revoked: ({ name }) => `revoked the token ${text(name)}`,
  logged_in: ({ from }) => `logged in from ${text(from)}`,
  logged_out: () => 'logged out',
  session_ended: ({ name }) => `ended a log-in of ${text(name)}`,
  history_cleaned: ({ runs }) => `cleaned up ${typeof runs === 'number' ? runs : 'some'} runs`,
};

export function deedInWords({ type, detail }: { readonly type: string; readonly detail: Detail }) {
  return DEEDS[type]?.(detail) ?? type.replaceAll('_', ' ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : '';
}
