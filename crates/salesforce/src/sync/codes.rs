//! Salesforce's codes in plain words, with what to do.

/// Our own code: the record was written by somebody else while the run lay still.
pub(crate) const WRITTEN_SINCE: &str = "WRITTEN_SINCE";

/// Our own code: the record's score was hidden by an experiment while the run lay still.
pub(crate) const HELD_BACK: &str = "HELD_BACK";

/// What a code means and what to do about it.
pub fn in_words(code: &str) -> &'static str {
    match code {
        "INVALID_FIELD" | "INVALID_FIELD_FOR_INSERT_UPDATE" | "InvalidBatch" => {
            "A field is not in the org, or the integration user may not write it. Deploy the fields \
             (leadrank salesforce scaffold) and assign the permission set Lead_Scoring_Sync."
        }
        "INSUFFICIENT_ACCESS"
        | "INSUFFICIENT_ACCESS_OR_READONLY"
        | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        | "CANNOT_UPDATE_ENTITY" => {
            "The integration user may not change this lead. Check its sharing and the permission \
             set Lead_Scoring_Sync."
        }
        "FIELD_CUSTOM_VALIDATION_EXCEPTION" => {
            "A validation rule of your org refuses the lead as it is. Mend the lead, or let the rule \
             pass the integration user."
        }
        "REQUIRED_FIELD_MISSING" => {
            "The lead lacks a field that your org requires by now. Fill it in, then sync again."
        }
        "CANNOT_EXECUTE_FLOW_TRIGGER" | "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" | "APEX_ERROR" => {
            "An automation of your org (flow or trigger) failed on this lead. Its administrator sees \
             the failure in the org's logs."
        }
        "STRING_TOO_LONG" => {
            "A text is longer than its field in the org. Deploy the fields again: theirs is shorter \
             than ours."
        }
        "NUMBER_OUTSIDE_VALID_RANGE" => {
            "A number does not fit its field in the org. Deploy the fields again: theirs has fewer \
             digits than ours."
        }
        "INVALID_TYPE_ON_FIELD_IN_RECORD" => {
            "A field has another type in the org. Deploy the fields again."
        }
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" => {
            "A list of values in the org lacks one of ours. Deploy the fields again."
        }
        "ENTITY_IS_DELETED" | "INVALID_CROSS_REFERENCE_KEY" | "MALFORMED_ID" | "NOT_FOUND" => {
            "The lead is not in the org any more. Load leads anew; nothing else is to be done."
        }
        "CANNOT_UPDATE_CONVERTED_LEAD" => {
            "The lead was converted meanwhile. Nothing is to be done."
        }
        "UNABLE_TO_LOCK_ROW" => {
            "Somebody else was changing the lead again and again. Sync again later."
        }
        "DUPLICATE_VALUE" => {
            "Another record holds this score's key. Was a lead copied with its scores? Empty \
             Score_Key__c in the copy."
        }
        "DUPLICATES_DETECTED" => {
            "A duplicate rule of your org refuses the lead. Merge the duplicates, or let the rule pass \
             the integration user."
        }
        WRITTEN_SINCE => {
            "A later sync, or somebody by hand, has changed the lead's score since. It was left as \
             it is; the next sync looks at it again."
        }
        HELD_BACK => {
            "An experiment does not show this lead's score, so it was not sent. Nothing is to be \
             done: the next sync empties the lead's fields."
        }
        "REQUEST_LIMIT_EXCEEDED" => {
            "The org's daily requests are used up. Go on later with leadrank sync --resume."
        }
        _ => "Ask the org's administrator; the code and Salesforce's words stand beside this.",
    }
}

/// Whether trying again soon may help.
pub(crate) fn is_passing(code: &str) -> bool {
    matches!(
        code,
        "UNABLE_TO_LOCK_ROW" | "SERVER_UNAVAILABLE" | "REQUEST_RUNNING_TOO_LONG"
    )
}

/// Code and words of a `sf__Error` cell: `CODE:words:Field --`.
pub(crate) fn parts(error: &str) -> (String, String) {
    let is_code = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match error.split_once(':') {
        Some((code, rest)) if is_code(code.trim()) => {
            let words = rest
                .trim()
                .trim_end_matches("--")
                .trim_end()
                .trim_end_matches(':');
            (code.trim().to_owned(), words.trim().to_owned())
        }
        _ => ("UNKNOWN".into(), error.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_codes_have_words_and_are_final() {
        let others = in_words("NOBODY_KNOWS_THIS");
        for own in [WRITTEN_SINCE, HELD_BACK] {
            assert_ne!(in_words(own), others, "{own}");
            assert!(!is_passing(own), "{own}");
        }
    }

    #[test]
    fn an_error_cell_has_code_and_words() {
        assert_eq!(
            parts("STRING_TOO_LONG:Narrative: data value too large:Score_Narrative__c --"),
            (
                "STRING_TOO_LONG".into(),
                "Narrative: data value too large:Score_Narrative__c".into()
            )
        );
        assert_eq!(parts("it broke").0, "UNKNOWN");
        let (code, words) = parts("ENTITY_IS_DELETED:entity is deleted:--");
        assert_eq!(
            (code.as_str(), words.as_str()),
            ("ENTITY_IS_DELETED", "entity is deleted")
        );
    }
}
