//! The part of SOQL that exports need: fields, one object, conditions, order, limit.

use serde_json::{Map, Value};

use crate::store::{Object, Store, moment, read_moment};

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    pub(crate) fields: Vec<String>,
    pub(crate) is_count: bool,
    pub(crate) object: String,
    condition: Option<Condition>,
    order: Vec<(String, bool)>,
    limit: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Compare(String, Operator, Vec<Value>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operator {
    Equal,
    Differs,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Like,
}

/// Code and words of a refusal.
pub(crate) type Refused = (&'static str, String);

fn malformed(words: impl Into<String>) -> Refused {
    ("MALFORMED_QUERY", words.into())
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

fn tokens(text: &str) -> Result<Vec<Token>, Refused> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        let pair: String = letters[at..letters.len().min(at + 2)].iter().collect();
        let sign = ["!=", "<>", "<=", ">="]
            .into_iter()
            .find(|sign| *sign == pair);
        if letter.is_whitespace() {
            at += 1;
        } else if letter == '\'' {
            let mut own = String::new();
            at += 1;
            loop {
                match letters.get(at) {
                    None => return Err(malformed("unexpected end of a text")),
                    Some('\\') => {
                        own.extend(letters.get(at + 1));
                        at += 2;
                    }
                    Some('\'') => break,
                    Some(other) => {
                        own.push(*other);
                        at += 1;
                    }
                }
            }
            at += 1;
            found.push(Token::Text(own));
        } else if let Some(sign) = sign {
            found.push(Token::Sign(if sign == "<>" { "!=" } else { sign }));
            at += 2;
        } else if let Some(sign) = ["(", ")", ",", "=", "<", ">"]
            .into_iter()
            .find(|sign| sign.starts_with(letter))
        {
            found.push(Token::Sign(sign));
            at += 1;
        } else {
            let from = at;
            while letters
                .get(at)
                .is_some_and(|c| c.is_alphanumeric() || "_.:+-%".contains(*c))
            {
                at += 1;
            }
            if at == from {
                return Err(malformed(format!("unexpected token: '{letter}'")));
            }
            found.push(Token::Word(letters[from..at].iter().collect()));
        }
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek_word(&self) -> Option<String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word.to_ascii_uppercase()),
            _ => None,
        }
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let is = self.peek_word().as_deref() == Some(keyword);
        self.at += usize::from(is);
        is
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Sign(sign)) if *sign == wanted);
        self.at += usize::from(is);
        is
    }

    fn word(&mut self) -> Result<String, Refused> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            other => Err(malformed(format!("unexpected token: {other:?}"))),
        }
    }

    fn either(&mut self) -> Result<Condition, Refused> {
        let mut left = self.both()?;
        while self.takes("OR") {
            left = Condition::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Condition, Refused> {
        let mut left = self.single()?;
        while self.takes("AND") {
            left = Condition::And(Box::new(left), Box::new(self.single()?));
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Condition, Refused> {
        if self.takes("NOT") {
            return Ok(Condition::Not(Box::new(self.single()?)));
        }
        if self.sign("(") {
            let inner = self.either()?;
            if !self.sign(")") {
                return Err(malformed("expecting a right parenthesis"));
            }
            return Ok(inner);
        }
        let field = self.word()?;
        let operator = match () {
            () if self.sign("=") => Operator::Equal,
            () if self.sign("!=") => Operator::Differs,
            () if self.sign("<=") => Operator::LessOrEqual,
            () if self.sign(">=") => Operator::GreaterOrEqual,
            () if self.sign("<") => Operator::Less,
            () if self.sign(">") => Operator::Greater,
            () if self.takes("IN") => Operator::In,
            () if self.takes("LIKE") => Operator::Like,
            () if self.takes("NOT") && self.takes("IN") => Operator::NotIn,
            () => return Err(malformed("expecting an operator")),
        };
        let values = if matches!(operator, Operator::In | Operator::NotIn) {
            if !self.sign("(") {
                return Err(malformed("expecting a left parenthesis"));
            }
            let mut values = vec![self.literal()?];
            while self.sign(",") {
                values.push(self.literal()?);
            }
            if !self.sign(")") {
                return Err(malformed("expecting a right parenthesis"));
            }
            values
        } else {
            vec![self.literal()?]
        };
        Ok(Condition::Compare(field, operator, values))
    }

    fn literal(&mut self) -> Result<Value, Refused> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Text(text)) => Ok(Value::String(text)),
            Some(Token::Word(word)) => {
                let lower = word.to_ascii_lowercase();
                if lower == "null" {
                    return Ok(Value::Null);
                }
                if let Ok(known) = lower.parse::<bool>() {
                    return Ok(Value::Bool(known));
                }
                if let Ok(number) = word.parse::<f64>() {
                    return Ok(number.into());
                }
                if let Some(at) = read_moment(&word) {
                    return Ok(moment(at).into());
                }
                if word.parse::<chrono::NaiveDate>().is_ok() {
                    return Ok(word.into());
                }
                Err(malformed(format!("unexpected token: '{word}'")))
            }
            other => Err(malformed(format!("unexpected token: {other:?}"))),
        }
    }
}

/// Reads a query.
pub(crate) fn parse(text: &str) -> Result<Query, Refused> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
    };
    if !parser.takes("SELECT") {
        return Err(malformed("expecting SELECT"));
    }
    let mut fields = vec![parser.word()?];
    let is_count = fields[0].eq_ignore_ascii_case("COUNT") && parser.sign("(") && parser.sign(")");
    while parser.sign(",") {
        fields.push(parser.word()?);
    }
    if !parser.takes("FROM") {
        return Err(malformed("expecting FROM"));
    }
    let object = parser.word()?;
    let condition = if parser.takes("WHERE") {
        Some(parser.either()?)
    } else {
        None
    };
    let mut order = Vec::new();
    if parser.takes("ORDER") {
        if !parser.takes("BY") {
            return Err(malformed("expecting BY"));
        }
        loop {
            let field = parser.word()?;
            let down = parser.takes("DESC");
            let _ = parser.takes("ASC");
            if parser.takes("NULLS") {
                parser.word()?;
            }
            order.push((field, down));
            if !parser.sign(",") {
                break;
            }
        }
    }
    let limit = if parser.takes("LIMIT") {
        let text = parser.word()?;
        Some(
            text.parse()
                .map_err(|_| malformed(format!("bad limit '{text}'")))?,
        )
    } else {
        None
    };
    if parser.at != parser.tokens.len() {
        return Err(malformed(format!(
            "unexpected token: {:?}",
            parser.tokens[parser.at]
        )));
    }
    Ok(Query {
        fields,
        is_count,
        object,
        condition,
        order,
        limit,
    })
}

/// The records of a query, each with the fields that it names.
pub(crate) fn run(
    store: &Store,
    query: &Query,
    all: bool,
) -> Result<Vec<Map<String, Value>>, Refused> {
    let Some((name, object)) = store.object(&query.object) else {
        return Err((
            "INVALID_TYPE",
            format!("sObject type '{}' is not supported.", query.object),
        ));
    };
    let mut names = Vec::new();
    if !query.is_count {
        for field in &query.fields {
            names.push(resolve(name, object, field)?);
        }
    }
    let mut chosen: Vec<&Map<String, Value>> = Vec::new();
    for record in object.records.values() {
        let is_deleted = record.get("IsDeleted") == Some(&Value::Bool(true));
        if is_deleted && !all {
            continue;
        }
        let holds = match &query.condition {
            None => true,
            Some(condition) => holds(name, object, record, condition)?,
        };
        if holds {
            chosen.push(record);
        }
    }
    for (field, down) in query.order.iter().rev() {
        let field = resolve(name, object, field)?;
        let key = |record: &Map<String, Value>| record.get(&field).cloned().unwrap_or(Value::Null);
        chosen.sort_by(|a, b| {
            let order = compare(&key(a), &key(b));
            if *down { order.reverse() } else { order }
        });
    }
    if let Some(limit) = query.limit {
        chosen.truncate(limit);
    }
    let records = chosen.into_iter().map(|record| {
        let pairs = names
            .iter()
            .map(|field| (field.clone(), value(store, record, field)));
        pairs.collect()
    });
    Ok(records.collect())
}

/// A field by its own spelling; `Owner.Name` goes over the owner's record.
fn resolve(name: &str, object: &Object, field: &str) -> Result<String, Refused> {
    if let Some((relation, of)) = field.split_once('.') {
        if object.field(&format!("{relation}Id")).is_some() {
            return Ok(format!("{relation}.{of}"));
        }
    } else if let Some(field) = object.field(field) {
        return Ok(field.name.clone());
    }
    Err((
        "INVALID_FIELD",
        format!(
            "No such column '{field}' on entity '{name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."
        ),
    ))
}

fn value(store: &Store, record: &Map<String, Value>, field: &str) -> Value {
    let Some((relation, of)) = field.split_once('.') else {
        return record.get(field).cloned().unwrap_or(Value::Null);
    };
    let id = record.get(&format!("{relation}Id")).and_then(Value::as_str);
    let found = id.and_then(|id| {
        let mut objects = store.objects.values();
        objects.find_map(|object| object.records.get(id)?.get(of).cloned())
    });
    found.unwrap_or(Value::Null)
}

fn holds(
    name: &str,
    object: &Object,
    record: &Map<String, Value>,
    condition: &Condition,
) -> Result<bool, Refused> {
    let both = |a: &Condition, b: &Condition| -> Result<(bool, bool), Refused> {
        Ok((
            holds(name, object, record, a)?,
            holds(name, object, record, b)?,
        ))
    };
    Ok(match condition {
        Condition::And(a, b) => both(a, b).map(|(a, b)| a && b)?,
        Condition::Or(a, b) => both(a, b).map(|(a, b)| a || b)?,
        Condition::Not(inner) => !holds(name, object, record, inner)?,
        Condition::Compare(field, operator, wanted) => {
            let own = record
                .get(&resolve(name, object, field)?)
                .unwrap_or(&Value::Null);
            let first = &wanted[0];
            let order = compare(own, first);
            let comparable = !own.is_null() && !first.is_null();
            match operator {
                Operator::Equal => order.is_eq(),
                Operator::Differs => order.is_ne(),
                Operator::Less => comparable && order.is_lt(),
                Operator::LessOrEqual => comparable && order.is_le(),
                Operator::Greater => comparable && order.is_gt(),
                Operator::GreaterOrEqual => comparable && order.is_ge(),
                Operator::In => wanted.iter().any(|one| compare(own, one).is_eq()),
                Operator::NotIn => !wanted.iter().any(|one| compare(own, one).is_eq()),
                Operator::Like => like(own.as_str().unwrap_or(""), first.as_str().unwrap_or("")),
            }
        }
    })
}

/// Nothing comes first; texts regardless of case, as in Salesforce; ids of 15 equal those of 18.
fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => std::cmp::Ordering::Equal,
        (Value::Null, _) => std::cmp::Ordering::Less,
        (_, Value::Null) => std::cmp::Ordering::Greater,
        (Value::String(a), Value::String(b)) => {
            let (a, b) = (a.to_lowercase(), b.to_lowercase());
            let same_id = a.len() == 18 && b.len() == 15 && a.starts_with(&b);
            if same_id {
                std::cmp::Ordering::Equal
            } else {
                a.cmp(&b)
            }
        }
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => {
            let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
            number(a)
                .unwrap_or(f64::NAN)
                .total_cmp(&number(b).unwrap_or(f64::NAN))
        }
    }
}

fn like(text: &str, pattern: &str) -> bool {
    let text = text.to_lowercase();
    let parts: Vec<String> = pattern
        .to_lowercase()
        .split('%')
        .map(str::to_owned)
        .collect();
    let mut rest = &text[..];
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let found = match (at, last) {
            (0, true) => return rest == part,
            (0, false) => rest.starts_with(part.as_str()).then_some(0),
            (_, true) => return rest.ends_with(part.as_str()),
            _ => rest.find(part.as_str()),
        };
        match found {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn store() -> Store {
        let mut store = Store::new(&[]);
        let now = DateTime::UNIX_EPOCH;
        let mut put = |value: Value| {
            let object = value.as_object().unwrap().clone();
            store.put("Lead", object, now).unwrap()
        };
        put(
            json!({"LastName": "Ash", "Status": "Open", "Stage_Entered_Contacting__c": "2025-03-01T00:00:00.000+0000"}),
        );
        put(json!({"LastName": "Birch", "Status": "Contacting", "Savvy_Lead_Score__c": 12.5}));
        put(json!({"LastName": "Cedar", "Status": "closed", "IsDeleted": true}));
        store
    }

    fn names(soql: &str) -> Vec<String> {
        let store = store();
        let found = run(&store, &parse(soql).unwrap(), false).unwrap();
        found
            .iter()
            .map(|record| record["LastName"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn conditions_choose() {
        assert_eq!(
            names("SELECT LastName FROM Lead ORDER BY LastName DESC"),
            ["Birch", "Ash"]
        );
        assert_eq!(
            names("select lastname from lead where Status = 'open'"),
            ["Ash"]
        );
        assert_eq!(
            names("SELECT LastName FROM Lead WHERE Savvy_Lead_Score__c > 12"),
            ["Birch"]
        );
        assert_eq!(
            names("SELECT LastName FROM Lead WHERE Stage_Entered_Contacting__c != null"),
            ["Ash"]
        );
        assert_eq!(
            names(
                "SELECT LastName FROM Lead WHERE NOT (Status IN ('Open', 'x') OR LastName LIKE 'q%')"
            ),
            ["Birch"]
        );
        assert_eq!(
            names(
                "SELECT LastName FROM Lead WHERE Stage_Entered_Contacting__c >= 2025-03-01T00:00:00Z LIMIT 5"
            ),
            ["Ash"]
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert_eq!(
            parse("SELECT Id FROM Lead WHERE").unwrap_err().0,
            "MALFORMED_QUERY"
        );
        assert_eq!(
            parse("SELECT Id FROM Lead GROUP BY Id").unwrap_err().0,
            "MALFORMED_QUERY"
        );
        let query = parse("SELECT Nothing__c FROM Lead").unwrap();
        assert_eq!(run(&store(), &query, false).unwrap_err().0, "INVALID_FIELD");
    }
}
