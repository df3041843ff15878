const host = '_SERVICE_HOST';
/** What may follow the name of a Service. */
const tail = /^(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
const address = /^(?:tcp|udp|sctp):\/\//;

/**
 * The variables by which Kubernetes tells every pod of the Services beside it: one called `windsock` makes WINDSOCK_SERVICE_HOST,
 * WINDSOCK_PORT (an address) and more, and they are no settings of ours. Pure.
 */
export function serviceLinks(environment: Readonly<Record<string, string | undefined>>): ReadonlySet<string> {
  const names = Object.keys(environment);
  const services = names.flatMap((name) => (name.endsWith(host) ? [`${name.slice(0, -host.length)}_`] : []));
  const isLink = (name: string, service: string): boolean => {
    const rest = name.startsWith(service) ? name.slice(service.length) : '';
    // WINDSOCK_HTTP_PORT may be the setting, beside a Service called windsock-http: only an address is none.
    return tail.test(rest) && (rest !== 'PORT' || address.test(environment[name] ?? ''));
  };
  return new Set(names.filter((name) => services.some((service) => isLink(name, service))));
}
