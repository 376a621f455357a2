// REST: answers as documents, refusals as errors that say what to do.

export class Refused extends Error {
  constructor(problem, retryAfter) {
    super(problem.detail ?? problem.title ?? "The API refused.");
    this.status = problem.status;
    this.retryAfter = retryAfter;
  }
}

/** GET a path relative to the page; one patient second try where the limit was met. */
export async function get(path, params = {}, { signal, headers = {}, patient = true } = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  const answer = await fetch(query.size ? `${path}?${query}` : path, { signal, headers: { Accept: "application/json", ...headers } });
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({ status: answer.status, title: answer.statusText }));
  const wait = Number(answer.headers.get("Retry-After") ?? 0);
  if (patient && (answer.status === 429 || answer.status === 503) && wait <= 10) {
    await new Promise((resolve) => setTimeout(resolve, wait * 1000 + Math.random() * 500));
    return get(path, params, { signal, headers, patient: false });
  }
  throw new Refused(problem, wait);
}
