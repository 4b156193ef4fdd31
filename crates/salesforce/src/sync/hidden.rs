//! What an experiment hides.

use super::row::Schema;
use super::value::Value;

/// Says by a record's id whether an experiment hides its score.
pub type Hides<'a> = dyn Fn(&str) -> bool + Sync + 'a;

/// Whether a record's score is hidden. A run names its records by 18 characters, and data that
/// come from reports by the first 15 of them.
pub(super) fn is_hidden(hides: &Hides<'_>, id: &str) -> bool {
    hides(id) || id.get(..15).is_some_and(hides)
}

/// Whether values let somebody see something. The key alone says nothing: rows that empty every
/// other field have one too.
pub(super) fn shows<'a>(
    schema: &Schema,
    values: impl IntoIterator<Item = (&'a String, &'a Value)>,
) -> bool {
    values
        .into_iter()
        .any(|(name, value)| *name != schema.key_field && *value != Value::Null)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::row::tests::schema;
    use super::*;

    #[test]
    fn a_record_is_known_by_either_of_its_ids() {
        let whole = "001A0000006Vm9rIAC";
        for known in [whole, "001A0000006Vm9r"] {
            assert!(is_hidden(&|id| id == known, whole), "{known}");
        }
        // Letters' case tells records apart.
        assert!(!is_hidden(&|id| id == "001A0000006VM9R", whole));
    }

    #[test]
    fn a_key_alone_shows_nothing() {
        let text = |text: &str| Value::Text(text.into());
        let mut values = BTreeMap::from([
            ("Lead_Score__c".to_owned(), Value::Null),
            ("Score_Key__c".to_owned(), text("a key")),
        ]);
        assert!(!shows(&schema(), &values));
        values.insert("Score_Narrative__c".into(), text("a reason"));
        assert!(shows(&schema(), &values));
    }
}
