/**
 * A readable name for a security identity from its labels: NAMESPACE/APP where there is an app label, else the labels.
 * Labels come as `k8s:key=value` or `reserved:name`.
 */
export function identityName(labels: readonly string[]): string {
  const values = new Map(
    labels.map((label) => {
      const bare = label.replace(/^(k8s|any|container|cni):/, '');
      const equals = bare.indexOf('=');
      return equals < 0 ? [bare, ''] : [bare.slice(0, equals), bare.slice(equals + 1)];
    }),
  );
  const namespace = values.get('io.kubernetes.pod.namespace');
  for (const key of ['app', 'k8s-app', 'app.kubernetes.io/name', 'name', 'run', 'component']) {
    const app = values.get(key);
    if (app && namespace) return `${namespace}/${app}`;
  }
  const telling = [...values].filter(([key]) => !key.startsWith('io.kubernetes.pod.') && !key.startsWith('io.cilium.'));
  const rest = telling.map(([key, value]) => (value === '' ? key : `${key}=${value}`)).join(',');
  const account = values.get('io.cilium.k8s.policy.serviceaccount');
  const name = rest !== '' ? rest : account ? `serviceaccount=${account}` : labels.join(',');
  return (namespace ? `${namespace}/${name}` : name).slice(0, 200);
}
