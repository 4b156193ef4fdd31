//! Answering a query from the store.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Condition, Form, Literal, Operator, Query, Refused};
use crate::fields::{self, Field, Type};
use crate::store::{Object, Record, Store, is_deleted};
use crate::values::{is_id, long_id};

/// A field of the queried object, or of a record that one of its ids names.
struct Column<'a> {
    /// By its own spelling: `LastName`, `Owner.Name`.
    name: String,
    field: &'a Field,
    /// The field with the id, and the object it leads to.
    over: Option<(&'static str, &'a Object)>,
}

impl Column<'_> {
    fn value(&self, record: &Record) -> Value {
        let record = match self.over {
            None => Some(record),
            Some((id, object)) => {
                let id = record.get(id).and_then(Value::as_str);
                id.and_then(|id| object.records.get(&long_id(id)))
            }
        };
        match record.and_then(|record| record.get(&self.field.name)) {
            // A checkbox is never empty.
            None | Some(Value::Null) if record.is_some() && self.field.kind == Type::Checkbox => {
                Value::Bool(false)
            }
            None => Value::Null,
            Some(value) => value.clone(),
        }
    }
}

/// A condition whose fields are known and whose values fit them.
enum Test<'a> {
    All(Vec<Test<'a>>),
    Any(Vec<Test<'a>>),
    Not(Box<Test<'a>>),
    Compare(Column<'a>, Operator, Vec<Value>),
}

impl Test<'_> {
    fn holds(&self, record: &Record) -> bool {
        match self {
            Test::All(tests) => tests.iter().all(|test| test.holds(record)),
            Test::Any(tests) => tests.iter().any(|test| test.holds(record)),
            Test::Not(test) => !test.holds(record),
            Test::Compare(column, operator, wanted) => {
                let own = column.value(record);
                let Some(first) = wanted.first() else {
                    return false;
                };
                let order = compare(&own, first);
                let comparable = !own.is_null() && !first.is_null();
                match operator {
                    Operator::Equal => order.is_eq(),
                    Operator::Differs => order.is_ne(),
                    Operator::Less => comparable && order.is_lt(),
                    Operator::LessOrEqual => comparable && order.is_le(),
                    Operator::Greater => comparable && order.is_gt(),
                    Operator::GreaterOrEqual => comparable && order.is_ge(),
                    Operator::In => wanted.iter().any(|one| compare(&own, one).is_eq()),
                    Operator::NotIn => !wanted.iter().any(|one| compare(&own, one).is_eq()),
                    Operator::Like => match (own.as_str(), first.as_str()) {
                        (Some(own), Some(pattern)) => like(own, pattern),
                        _ => false,
                    },
                }
            }
        }
    }
}

/// The records of a query, each with the fields that it names.
pub(crate) fn run(store: &Store, query: &Query, all: bool) -> Result<Vec<Record>, Refused> {
    let Some((name, object)) = store.object(&query.object) else {
        let words = format!("sObject type '{}' is not supported.", query.object);
        return Err(("INVALID_TYPE", words));
    };
    let column = |field: &str| column(store, name, object, field);
    let mut columns = Vec::new();
    if !query.is_count {
        for field in &query.fields {
            columns.push(column(field)?);
        }
    }
    let test = match &query.condition {
        None => None,
        Some(condition) => Some(test(&column, condition)?),
    };
    let mut orders = Vec::new();
    for order in &query.order {
        orders.push((column(&order.field)?, order));
    }
    let living = object
        .records
        .values()
        .filter(|record| all || !is_deleted(record));
    let mut chosen: Vec<&Record> = living
        .filter(|record| test.as_ref().is_none_or(|test| test.holds(record)))
        .collect();
    chosen.sort_by(|a, b| {
        let by = orders.iter().map(|(column, order)| {
            let (a, b) = (column.value(a), column.value(b));
            // Nothing comes first in both directions, unless it is asked to come last.
            let nulls = b.is_null().cmp(&a.is_null());
            let nulls = if order.nulls_last {
                nulls.reverse()
            } else {
                nulls
            };
            let values = compare(&a, &b);
            nulls.then(if order.is_down {
                values.reverse()
            } else {
                values
            })
        });
        by.fold(Ordering::Equal, Ordering::then)
    });
    let chosen = chosen
        .into_iter()
        .skip(query.offset.unwrap_or(0))
        .take(query.limit.unwrap_or(usize::MAX));
    let records = chosen.map(|record| {
        let pairs = columns.iter();
        pairs
            .map(|column| (column.name.clone(), column.value(record)))
            .collect()
    });
    Ok(records.collect())
}

fn column<'a>(
    store: &'a Store,
    name: &str,
    object: &'a Object,
    path: &str,
) -> Result<Column<'a>, Refused> {
    let unknown = |field: &str, entity: &str| {
        let words = format!(
            "No such column '{field}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
        );
        ("INVALID_FIELD", words)
    };
    let Some((relation, of)) = path.split_once('.') else {
        let field = object.field(path).ok_or_else(|| unknown(path, name))?;
        return Ok(Column {
            name: field.name.clone(),
            field,
            over: None,
        });
    };
    // The object may name itself.
    if relation.eq_ignore_ascii_case(name) {
        return column(store, name, object, of);
    }
    let known = fields::relation(name, relation);
    let known = known.and_then(|(id, target)| Some((id, store.object(target)?)));
    let Some((id, (target, other))) = known else {
        let words = format!(
            "Didn't understand relationship '{relation}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name."
        );
        return Err(("INVALID_FIELD", words));
    };
    let field = other.field(of).ok_or_else(|| unknown(of, target))?;
    Ok(Column {
        name: format!("{}.{}", id.trim_end_matches("Id"), field.name),
        field,
        over: Some((id, other)),
    })
}

fn test<'a>(
    column: &impl Fn(&str) -> Result<Column<'a>, Refused>,
    condition: &Condition,
) -> Result<Test<'a>, Refused> {
    let each = |links: &[Condition]| {
        let tests = links.iter().map(|link| test(column, link));
        tests.collect::<Result<Vec<_>, _>>()
    };
    Ok(match condition {
        Condition::And(links) => Test::All(each(links)?),
        Condition::Or(links) => Test::Any(each(links)?),
        Condition::Not(inner) => Test::Not(Box::new(test(column, inner)?)),
        Condition::Compare(path, operator, literals) => {
            let column = column(path)?;
            let mut values = Vec::new();
            for literal in literals {
                values.push(fitting(column.field, *operator, literal)?);
            }
            Test::Compare(column, *operator, values)
        }
    })
}

/// The value of a literal, if a field of this type can be compared with it.
fn fitting(field: &Field, operator: Operator, literal: &Literal) -> Result<Value, Refused> {
    let name = &field.name;
    let (fits, quotes) = match field.kind {
        Type::Text(_) | Type::UniqueText(_) | Type::Picklist(_) => {
            (literal.form == Form::Text, "should be")
        }
        Type::Reference => (literal.form == Form::Text, "should be"),
        Type::Number(..) | Type::Currency => (literal.form == Form::Number, "should not be"),
        Type::Checkbox => (literal.form == Form::Bool, "should not be"),
        Type::Date => (literal.form == Form::Date, "should not be"),
        Type::DateTime => (literal.form == Form::DateTime, "should not be"),
    };
    if !fits && literal.form != Form::Null {
        let words = format!(
            "value of filter criterion for field '{name}' must be of type {} and {quotes} enclosed in quotes",
            field.kind.name()
        );
        return Err(("INVALID_FIELD", words));
    }
    let is_text = matches!(
        field.kind,
        Type::Text(_) | Type::UniqueText(_) | Type::Picklist(_)
    );
    if operator == Operator::Like && !is_text {
        let words = format!("invalid operator on {} field", field.kind.name());
        return Err(("INVALID_FIELD", words));
    }
    match (&field.kind, literal.value.as_str()) {
        (Type::Reference, Some(id)) if is_id(id) => Ok(long_id(id).into()),
        (Type::Reference, Some(id)) => Err((
            "INVALID_QUERY_FILTER_OPERATOR",
            format!("invalid ID field: {id}"),
        )),
        _ => Ok(literal.value.clone()),
    }
}

/// Nothing comes first; texts regardless of case, as in Salesforce.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::String(a), Value::String(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => {
            let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
            number(a)
                .unwrap_or(f64::NAN)
                .total_cmp(&number(b).unwrap_or(f64::NAN))
        }
    }
}

/// `%` stands for any letters, `_` for one, a backslash takes that meaning away.
fn like(text: &str, pattern: &str) -> bool {
    #[derive(Clone, Copy)]
    enum Part {
        Any,
        One,
        Letter(char),
    }
    let mut parts = Vec::new();
    let lower = pattern.to_lowercase();
    let mut letters = lower.chars();
    while let Some(letter) = letters.next() {
        parts.push(match letter {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => match letters.next() {
                Some(escaped) => Part::Letter(escaped),
                None => Part::Letter('\\'),
            },
            other => Part::Letter(other),
        });
    }
    // The ends of the text that the parts so far can reach.
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for part in parts {
        let mut next = vec![false; text.len() + 1];
        match part {
            Part::Any => {
                let mut so_far = false;
                for (now, before) in next.iter_mut().zip(&reached) {
                    so_far |= before;
                    *now = so_far;
                }
            }
            Part::One => next[1..].copy_from_slice(&reached[..text.len()]),
            Part::Letter(wanted) => {
                for (at, letter) in text.iter().enumerate() {
                    next[at + 1] = reached[at] && *letter == wanted;
                }
            }
        }
        reached = next;
    }
    reached[text.len()]
}
