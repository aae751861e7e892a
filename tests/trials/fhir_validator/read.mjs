// Reads a FHIR server as fhir-kit-client does: what it can do, one patient's resources page by page, one of them again.
// Takes the base address and the patient's id; the token stands in the environment. Prints what it found as JSON.
import { Client } from "fhir-kit-client";

const [baseUrl, patient] = process.argv.slice(2);
const client = new Client({ baseUrl, bearerToken: process.env.FHIR_TOKEN });
const statement = await client.capabilityStatement();
const kinds = statement.rest[0].resource.map((one) => one.type);

const found = [];
let page = await client.operation({
  name: "$everything", resourceType: "Patient", id: patient, method: "GET", input: { _count: 3 },
});
while (page) {
  found.push(...(page.entry ?? []).filter((one) => one.search.mode === "match").map((one) => one.resource));
  page = page.link.some((one) => one.relation === "next") ? await client.nextPage({ bundle: page }) : undefined;
}

const searched = await client.search({ resourceType: "Procedure", searchParams: { patient: `Patient/${patient}` } });
const [{ resource: first }] = searched.entry;
const again = await client.read({ resourceType: "Procedure", id: first.id });
const subject = await client.resolve({ reference: again.subject.reference });
console.log(JSON.stringify({
  kinds,
  everything: found.map((one) => `${one.resourceType}/${one.id}`),
  again: again.id,
  subject: subject.id,
}));
