// Judges resources, one JSON document a line on standard input, by the published definitions of FHIR R4; prints what is
// wrong with each as JSON, a line for each that is not faultless. Own codes where R4 only proposes some are no fault.
const { createInterface } = require("node:readline");
const { Fhir } = require("fhir");

const validator = new Fhir();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const resource = JSON.parse(line);
  const { messages } = validator.validate(resource, { errorOnUnexpected: true });
  const wrong = messages.filter((one) => one.severity === "error" || one.severity === "fatal");
  if (wrong.length > 0) {
    const said = wrong.map((one) => `${one.location}: ${one.message}`);
    console.log(JSON.stringify({ resource: `${resource.resourceType}/${resource.id}`, said }));
  }
});
