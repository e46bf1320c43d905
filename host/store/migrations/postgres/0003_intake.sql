-- Claims that began at intake, and procedures that claims are for: what is looked up by. Claims from the payer's side have
-- rows in neither table. What was there before is filled in by the program, which alone can read a claim's body.
--
-- A claim that was deleted leaves its row: with an empty body, and a code that begins with U+0001.

-- `patient`, `status` and `edited_at_ms` only of claims that began at intake. `procedures` holds the numbers that the claim
-- has in `claim_procedure`, encoded: so they are found without an index of their own when the claim changes.
CREATE TABLE intake_claim (
    payer_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    edited_at_ms bigint,
    status smallint,
    patient text COLLATE "C",
    procedures bytea NOT NULL,
    PRIMARY KEY (payer_id, claim_id)
);

CREATE INDEX intake_claim_by_patient ON intake_claim (payer_id, patient, claim_id);
CREATE INDEX intake_claim_by_status ON intake_claim (payer_id, status, claim_id);
CREATE INDEX intake_claim_by_age ON intake_claim (payer_id, edited_at_ms, status, claim_id);

CREATE TABLE claim_procedure (
    payer_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    procedure text COLLATE "C" NOT NULL,
    PRIMARY KEY (payer_id, procedure, claim_id)
);

-- The patient that a row of reference data is a part of. No kind that is was there before.
ALTER TABLE reference ADD COLUMN patient text COLLATE "C";
CREATE INDEX reference_by_patient ON reference (payer_id, kind, patient, key) WHERE patient IS NOT NULL;
