// Two OpenID Providers on the loopback, for the tests of sign-in: one for patients by the Swedish profile (OIDC Sweden), one
// for staff by Inera's. They are the certified implementation `oidc-provider`; what it would never do itself (a wrong
// audience, a clock that is off, no answer) is done around it, when a test asks for it by POST /test/control.
import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

// Node 20 lacks it; oidc-provider is written for Node 22.
URL.parse ??= (address, base) => (URL.canParse(address, base) ? new URL(address, base) : null);
const { Provider, errors } = await import("oidc-provider");

const PREFIX = "https://id.oidc.se/claim/";
const KINDS = {
  patient: {
    alg: "RS256",
    acr: ["http://id.elegnamnden.se/loa/1.0/loa3", "http://id.elegnamnden.se/loa/1.0/loa2"],
    // By the profile the number is in the ID token, the names come from UserInfo.
    conform: true,
    claims: {
      "https://id.oidc.se/scope/naturalPersonInfo": ["given_name", "family_name", "birthdate"],
      "https://id.oidc.se/scope/naturalPersonNumber": [`${PREFIX}personalIdentityNumber`, `${PREFIX}coordinationNumber`],
      // In no scope: only for those who ask by name.
      [`${PREFIX}previousCoordinationNumber`]: null,
      [`${PREFIX}coordinationNumberLevel`]: null,
    },
  },
  staff: {
    alg: "ES256",
    acr: ["http://id.sambi.se/loa/loa3", "http://id.sambi.se/loa/loa2"],
    conform: false,
    claims: {
      openid: ["sub", "employeeHsaId", "given_name", "family_name"],
      commission: [
        "commissionHsaId", "commissionName", "commissionPurpose", "healthCareUnitHsaId", "healthCareUnitName",
        "healthCareProviderHsaId", "allCommissions",
      ],
      authorization_scope: ["healthcareProfessionalLicense"],
      personal_identity_number: ["credentialPersonalIdentityNumber"],
    },
  },
};

const realNow = Date.now.bind(Date);
let skew = 0;
Date.now = () => realNow() + skew * 1000;

function newKey(alg) {
  const made = alg === "RS256" ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...made.privateKey.export({ format: "jwk" }), kid: randomUUID(), alg, use: "sig" };
}

function signed(claims, key) {
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${encoded({ alg: key.alg, kid: key.kid })}.${encoded(claims)}`;
  const signature = sign("sha256", Buffer.from(content), {
    key: createPrivateKey({ key, format: "jwk" }), dsaEncoding: "ieee-p1363",
  });
  return `${content}.${signature.toString("base64url")}`;
}

async function bodyOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return text;
}

/** One provider: its people, its key, and what it has been told to do wrong. */
class Standing {
  people = {};
  lies = {};
  silent = [];
  broken = [];

  constructor(kind, client) {
    this.kind = KINDS[kind];
    this.client = client;
    this.key = newKey(this.kind.alg);
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async open() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.issuer = `http://127.0.0.1:${this.server.address().port}`;
    this.begin();
    return this.issuer;
  }

  /** A provider with the key of now. What it knew before it knows still. */
  begin() {
    this.provider = new Provider(this.issuer, {
      clients: [{
        client_id: this.client.id, client_secret: this.client.secret, redirect_uris: [this.client.redirect_uri],
        id_token_signed_response_alg: this.kind.alg,
      }],
      jwks: { keys: [this.key] },
      cookies: { keys: ["kept for the tests only"] },
      claims: this.kind.claims,
      acrValues: this.kind.acr,
      conformIdTokenClaims: this.kind.conform,
      features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
      pkce: { required: () => true },
      ttl: { IdToken: 60, AuthorizationCode: 60, AccessToken: 60, Interaction: 300, Session: 300, Grant: 300 },
      interactions: { url: (_ctx, interaction) => `/press/${interaction.uid}` },
      findAccount: (_ctx, id) => this.people[id] && { accountId: id, claims: () => ({ sub: id, ...this.people[id] }) },
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({
          clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
        });
        grant.addOIDCScope(ctx.oidc.params.scope);
        grant.addOIDCClaims(Object.keys(this.kind.claims).filter((name) => this.kind.claims[name] === null));
        await grant.save();
        return grant;
      },
      renderError: (ctx, out) => { ctx.body = out; },
    });
    this.provider.use(async (ctx, next) => {
      await next();
      if (ctx.path === "/token" && ctx.body?.id_token && Object.keys(this.lies).length) {
        const claims = JSON.parse(Buffer.from(ctx.body.id_token.split(".")[1], "base64url"));
        ctx.body = { ...ctx.body, id_token: signed({ ...claims, ...this.lies }, this.key) };
      }
    });
    this.callback = this.provider.callback();
  }

  async answer(request, response) {
    const path = new URL(request.url, this.issuer).pathname;
    if (this.silent.includes(path)) return request.socket.destroy();
    if (this.broken.includes(path)) return response.writeHead(500).end();
    if (path === "/test/control") return this.control(JSON.parse(await bodyOf(request)), response);
    if (path.startsWith("/press/") && request.method === "POST") return this.press(request, response);
    return this.callback(request, response);
  }

  control(asked, response) {
    if (asked.skew !== undefined) skew = asked.skew;
    for (const name of ["people", "lies", "silent", "broken"]) {
      if (asked[name] !== undefined) this[name] = asked[name];
    }
    if (asked.rotate) {
      this.key = newKey(this.kind.alg);
      this.begin();
    }
    response.end("ok");
  }

  /** The person has shown who they are, at a level, or has pressed *Avbryt*. */
  async press(request, response) {
    const form = new URLSearchParams(await bodyOf(request));
    const result = form.has("cancel")
      ? { error: "access_denied", error_description: "the person pressed cancel" }
      : { login: { accountId: form.get("person"), acr: form.get("acr") ?? this.kind.acr[0], remember: false } };
    try {
      await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    } catch (fault) {
      response.writeHead(fault instanceof errors.OIDCProviderError ? 400 : 500).end(String(fault));
    }
  }
}

const clients = JSON.parse(process.argv[2]);
const issuers = {};
for (const [kind, client] of Object.entries(clients)) issuers[kind] = await new Standing(kind, client).open();
console.log(JSON.stringify(issuers));
