// An identity provider for tests: `node identity_provider.js '{"profile": …, "clients": [...]}'` prints its issuer.
//
// Two profiles. "proconnect" refuses what ProConnect refuses (unknown parameters, a short state), announces no PKCE and
// signs its user info. "plain" is a usual provider. POST …/test/rotate replaces the keys, …/test/log tells the requests.

import { generateKeyPairSync, randomUUID, webcrypto } from "node:crypto";
import http from "node:http";

// What Node 18, that of Debian 12, lacks.
globalThis.crypto ??= webcrypto;
URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);

const { Provider } = await import("oidc-provider");

const { profile, clients, algorithm = "RS256", lifetime = 60 } = JSON.parse(process.argv[2]);
const isProConnect = profile === "proconnect";
const PREFIX = isProConnect ? "/api/v2" : "/realms/forum";
const PARAMETERS = new Set(["response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "acr_values"]);
const PEOPLE = {
  camille: { given_name: "Camille Anne", usual_name: "Dufour", family_name: "Martin", siret: "13002526500013" },
  theo: { given_name: "Théo", usual_name: "Masson", family_name: "Masson", siret: "99999999999999" },
  salma: { given_name: "Salma", usual_name: "Idrissi", family_name: "Idrissi", siret: "99999999999999" },
};
/** @type {string[]} */
const log = [];
let provider;

function makeKeys() {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  return [rsa, ec].map((key) => ({ ...key, kid: randomUUID(), use: "sig" }));
}

function claimsOf(login) {
  const person = PEOPLE[login];
  const domain = login === "salma" ? "elsewhere.example" : "arras.example";
  const email = `${login}@${domain}`;
  const shared = { sub: `subject-of-${login}`, email, uid: login, ...person };
  return isProConnect
    ? shared
    : { ...shared, email_verified: true, name: `${person.given_name} ${person.family_name}` };
}

function makeProvider() {
  const made = new Provider(`${issuer()}`, {
    clients: clients.map((client) => ({
      response_types: ["code"],
      grant_types: ["authorization_code"],
      id_token_signed_response_alg: algorithm,
      ...(isProConnect && {
        userinfo_signed_response_alg: algorithm,
        token_endpoint_auth_method: "client_secret_post",
      }),
      ...client,
    })),
    jwks: { keys: makeKeys() },
    cookies: { keys: ["test"] },
    routes: isProConnect ? { authorization: "/authorize", userinfo: "/userinfo" } : {},
    clientAuthMethods: isProConnect ? ["client_secret_post"] : ["client_secret_basic", "client_secret_post"],
    acrValues: isProConnect ? ["eidas1", "eidas2"] : [],
    enabledJWA: { userinfoSigningAlgValues: ["RS256", "ES256"], idTokenSigningAlgValues: ["RS256", "ES256"] },
    scopes: ["openid", "given_name", "usual_name", "email", "siret", "uid", "profile"],
    claims: {
      given_name: ["given_name"],
      usual_name: ["usual_name"],
      siret: ["siret"],
      uid: ["uid"],
      email: ["email", "email_verified"],
      profile: ["name", "given_name", "family_name"],
    },
    pkce: { required: () => false },
    ttl: { AccessToken: 60, AuthorizationCode: 30, IdToken: lifetime, Interaction: 600, Session: 3600, Grant: 3600 },
    features: {
      devInteractions: { enabled: false },
      jwtUserinfo: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource },
    },
    interactions: { url: (_ctx, interaction) => `${PREFIX}/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => claimsOf(id.replace("subject-of-", "")) }),
    loadExistingGrant: grantAll,
    renderError,
  });
  made.use(hideWhatProConnectHides);
  return made;
}

function issuer() {
  return `http://127.0.0.1:${server.address().port}${PREFIX}`;
}

/** Let each client have what it asks for: these people agree to everything. */
async function grantAll(ctx) {
  const grant = new ctx.oidc.provider.Grant({
    clientId: ctx.oidc.client.clientId,
    accountId: ctx.oidc.session.accountId,
  });
  grant.addOIDCScope([...ctx.oidc.requestParamScopes].join(" "));
  await grant.save();
  return grant;
}

async function hideWhatProConnectHides(ctx, next) {
  await next();
  if (isProConnect && ctx.oidc?.route === "discovery") {
    delete ctx.body.code_challenge_methods_supported;
  }
}

function logoutSource(ctx, form) {
  ctx.body = `<!doctype html><title>Sign out</title>${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>`;
}

function renderError(ctx, out) {
  ctx.type = "html";
  ctx.body = `<!doctype html><title>${out.error}</title><p>${out.error_description ?? ""}`;
}

/** Say why ProConnect refuses an authorization request; empty if it does not. */
function refusal(url) {
  const query = url.searchParams;
  const unknown = [...query.keys()].filter((name) => !PARAMETERS.has(name));
  if (unknown.length) return `Y000400: property ${unknown[0]} should not exist`;
  return ["state", "nonce"].some((name) => (query.get(name) ?? "").length < 32) ? "Y000400: too short" : "";
}

async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    response.end(
      `<!doctype html><html lang="fr"><title>Fournisseur d’identité</title><form method="post"><h1>${profile}</h1>
       <label>Identifiant <input name="login"></label><button>Continuer</button>
       <button name="abort" value="yes">Renoncer</button></form></html>`,
    );
    return;
  }
  const form = new URLSearchParams(await readBody(request));
  const acr = isProConnect ? (params.acr_values ?? "eidas1").split(" ")[0] : undefined;
  const result = form.get("abort")
    ? { error: "access_denied", error_description: "The person gave up." }
    : { login: { accountId: `subject-of-${form.get("login")}`, acr } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function answer(request, response) {
  const url = new URL(request.url, "http://127.0.0.1");
  const path = url.pathname.slice(PREFIX.length);
  if (path === "/test/rotate") {
    provider = makeProvider();
    response.end();
  } else if (path === "/test/log") {
    response.end(JSON.stringify(log));
  } else if (path.startsWith("/interaction/")) {
    await interact(request, response);
  } else {
    log.push(`${request.method} ${path} ${[...url.searchParams.keys()].sort().join(",")}`.trim());
    const reason = isProConnect && path === "/authorize" ? refusal(url) : "";
    if (reason) {
      response.statusCode = 400;
      response.end(reason);
      return;
    }
    request.originalUrl = request.url;
    request.url = request.url.slice(PREFIX.length);
    await provider.callback()(request, response);
  }
}

const server = http.createServer((request, response) => {
  answer(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
server.listen(0, "127.0.0.1", () => {
  provider = makeProvider();
  console.log(issuer());
});
