//! The format of a claim's body, versions 1 and 2, written and read field by field.
//!
//! Version 1 is the claim without the details of its intake; version 2 is version 1 followed by those. The numbers of pend
//! reasons are in neither: a body of version 3 has them in front of one of version 1 or 2 (see
//! [`claim_row`](crate::claim_row)).
//!
//! The bytes are those of the postcard encoding that [`reprise_model::Claim`] had when version 1 was new: structures as
//! their fields in order, vocabularies as their numbers, the rest as in [`byte_format`](crate::byte_format). What was free
//! text then, the claim's type and status at intake, is text still. It is spelled out here because it must stay when the
//! model moves on, and because reading is most of the work of bringing a line index up: a claim can be read into the one
//! read before, whose allocations it takes over.

use std::collections::BTreeMap;

use reprise_model::{
    Amount, AttachedPendReason, AttachedUnfinalizeReason, AttributeValue, BenefitApplied, Bill, Claim, ClaimKind,
    ClaimType, Currency, Day, Diagnosis, DynamicField, EntityName, IntakeDetails, IntakeType, Line, LineProviders,
    ProcessType, ProcessingStatus, Relationship, SubmissionStatus, TagAction, TagActionEntry,
};

use crate::byte_format::{Damage, Input, Stored, write_length, write_signed, write_text};

impl Stored for BTreeMap<String, AttributeValue> {
    fn blank() -> Self {
        Self::new()
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        write_length(bytes, self.len());
        for (name, value) in self {
            name.write(bytes);
            value.write(bytes);
        }
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        self.clear();
        for _ in 0..input.length()? {
            let name = input.text()?.to_owned();
            let mut value = AttributeValue::blank();
            value.read(input)?;
            self.insert(name, value);
        }
        Ok(())
    }
}

impl Stored for AttributeValue {
    fn blank() -> Self {
        Self::Truth(false)
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                bytes.push(0);
                write_text(bytes, text);
            }
            Self::Number(number) => {
                bytes.push(1);
                write_text(bytes, &number.to_string());
            }
            Self::Truth(truth) => {
                bytes.push(2);
                truth.write(bytes);
            }
        }
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        *self = match input.byte()? {
            0 => Self::Text(input.text()?.to_owned()),
            1 => Self::Number(
                input
                    .text()?
                    .parse()
                    .map_err(|_| "an attribute is not the number that it says it is")?,
            ),
            2 => Self::Truth(input.truth()?),
            _ => return Err("an attribute is of no known type"),
        };
        Ok(())
    }
}

impl Stored for Day {
    fn blank() -> Self {
        Self::from_number(0)
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        write_signed(bytes, self.number().into());
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        *self = Self::from_number(i32::try_from(input.signed()?).map_err(|_| "a day is out of range")?);
        Ok(())
    }
}

impl Stored for Amount {
    fn blank() -> Self {
        Self::ZERO
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        write_signed(bytes, self.number());
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        *self = Self::from_number(input.signed()?);
        Ok(())
    }
}

impl Stored for Option<Currency> {
    fn blank() -> Self {
        None
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.is_some()));
        if let Some(currency) = self {
            bytes.extend_from_slice(currency.code().as_bytes());
        }
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        *self = match input.truth()? {
            // Not looked up in the list of currencies: it was, when the claim came in.
            true => Some(postcard::from_bytes(input.bytes(3)?).map_err(|_| "a currency is not three letters")?),
            false => None,
        };
        Ok(())
    }
}

impl Stored for ClaimKind {
    fn blank() -> Self {
        Self::Claim
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(0);
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        match input.byte()? {
            0 => Ok(()),
            _ => Err("it is not a claim"),
        }
    }
}

/// A vocabulary is the number of its value.
macro_rules! vocabularies {
    ($($name:ident: $blank:ident, $damage:literal;)+) => {
        $(
            impl Stored for $name {
                fn blank() -> Self {
                    Self::$blank
                }

                fn write(&self, bytes: &mut Vec<u8>) {
                    bytes.push(self.number());
                }

                fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
                    *self = Self::from_number(input.byte()?).ok_or($damage)?;
                    Ok(())
                }
            }
        )+
    };
}

vocabularies! {
    ProcessingStatus: Entry, "no processing status has its number";
    ProcessType: Claim, "no process type has its number";
    ClaimType: Provider, "no claim type has its number";
    TagAction: Redo, "no tag action has its number";
    Relationship: Itself, "no relationship has its number";
}

/// A vocabulary of intake is the text of its value.
macro_rules! texts {
    ($($name:ident: $blank:ident, $damage:literal;)+) => {
        $(
            impl Stored for $name {
                fn blank() -> Self {
                    Self::$blank
                }

                fn write(&self, bytes: &mut Vec<u8>) {
                    write_text(bytes, self.as_str());
                }

                fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
                    *self = input.text()?.parse().map_err(|_| $damage)?;
                    Ok(())
                }
            }
        )+
    };
}

texts! {
    IntakeType: Primary, "its `claimType` is none of P, S, Other, Cap, PreAuth";
    SubmissionStatus: Unsent, "its `claimStatus` is none of U, H, W, P, S, R, I";
}

/// A structure is its fields, in this order; what comes after a `+` is read and written elsewhere. A field that the model
/// has and the list has not does not compile.
macro_rules! structures {
    ($($name:ident { $($field:ident),+ $(,)? } $(+ { $($apart:ident: $blank:expr),+ })?)+) => {
        $(
            impl Stored for $name {
                fn blank() -> Self {
                    Self { $($field: Stored::blank(),)+ $($($apart: $blank,)+)? }
                }

                fn write(&self, bytes: &mut Vec<u8>) {
                    let Self { $($field,)+ $($($apart: _,)+)? } = self;
                    $($field.write(bytes);)+
                }

                fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
                    $(self.$field.read(input)?;)+
                    Ok(())
                }
            }
        )+
    };
}

structures! {
    Claim {
        kind, id, code, payer, form_code, claim_type, process_type, status, entry_date, currency, claimant_provider,
        settlement_reason, locked_by, high_priority, preprocessing_done, pricing_done, messages, pend_reasons,
        tag_actions, unfinalize_reasons, bills, lines, patient, intake_type, submission_status, ins_sub, ins_sub2,
        date_sent, procedures,
    } + { intake: None, pend_numbers_given: 0 }
    IntakeDetails {
        plan, plan2, relationship, relationship2, date_service, date_received, treating_provider, note, fee, rank,
        settles_in, edited_at_ms,
    }
    Line {
        code, sequence, service_start_date, service_end_date, serviced_entity, procedures, diagnoses, providers,
        benefits, fee_schedules, messages, pend_reasons, allowed_amount, covered_amount, attributes,
    }
    Diagnosis { code, sequence }
    EntityName { code, entity_type }
    LineProviders { benefits, price_individual, price_organization, service, location }
    BenefitApplied { product, regime }
    AttachedPendReason { code, resolved } + { number: 0 }
    TagActionEntry { tag, action }
    AttachedUnfinalizeReason { code, source_reference, dynamic_fields }
    DynamicField { name, value }
    Bill { code, lines, pend_reasons }
}
