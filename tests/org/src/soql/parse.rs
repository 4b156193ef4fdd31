//! Reading a query.

use serde_json::Value;

use super::tokens::{Token, tokens};
use super::{Condition, Form, Literal, Operator, Order, Query, Refused, malformed};
use crate::values::{moment, read_moment};

/// The largest offset that is allowed.
const LARGEST_OFFSET: usize = 2000;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn unexpected(&self) -> Refused {
        match self.tokens.get(self.at) {
            Some(token) => malformed(format!("unexpected token: {token}")),
            None => malformed("unexpected token: <EOF>"),
        }
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let is = matches!(
            self.tokens.get(self.at),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword)
        );
        self.at += usize::from(is);
        is
    }

    fn needs(&mut self, keyword: &str) -> Result<(), Refused> {
        match self.takes(keyword) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Sign(sign)) if *sign == wanted);
        self.at += usize::from(is);
        is
    }

    fn needs_sign(&mut self, wanted: &str) -> Result<(), Refused> {
        match self.sign(wanted) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn word(&mut self) -> Result<String, Refused> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            _ => Err(self.unexpected()),
        }
    }

    fn count(&mut self) -> Result<usize, Refused> {
        match self.word()?.parse() {
            Ok(count) => Ok(count),
            Err(_) => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// A chain of either ANDs or ORs; a mix of them needs parentheses.
    fn condition(&mut self) -> Result<Condition, Refused> {
        let first = self.single()?;
        for (keyword, chain) in [
            ("AND", Condition::And as fn(Vec<Condition>) -> Condition),
            ("OR", Condition::Or),
        ] {
            if self.takes(keyword) {
                let mut links = vec![first, self.single()?];
                while self.takes(keyword) {
                    links.push(self.single()?);
                }
                return Ok(chain(links));
            }
        }
        Ok(first)
    }

    fn single(&mut self) -> Result<Condition, Refused> {
        if self.takes("NOT") {
            return Ok(Condition::Not(Box::new(self.single()?)));
        }
        if self.sign("(") {
            let inner = self.condition()?;
            self.needs_sign(")")?;
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
            () => return Err(self.unexpected()),
        };
        let mut literals = Vec::new();
        if matches!(operator, Operator::In | Operator::NotIn) {
            self.needs_sign("(")?;
            literals.push(self.literal()?);
            while self.sign(",") {
                literals.push(self.literal()?);
            }
            self.needs_sign(")")?;
        } else {
            literals.push(self.literal()?);
        }
        Ok(Condition::Compare(field, operator, literals))
    }

    fn literal(&mut self) -> Result<Literal, Refused> {
        let literal = |value, form| Literal { value, form };
        let found = match self.tokens.get(self.at) {
            Some(Token::Text(text)) => literal(text.as_str().into(), Form::Text),
            Some(Token::Word(word)) => {
                let lower = word.to_ascii_lowercase();
                if lower == "null" {
                    literal(Value::Null, Form::Null)
                } else if let Ok(known) = lower.parse::<bool>() {
                    literal(known.into(), Form::Bool)
                } else if let Ok(number) = word.parse::<f64>() {
                    literal(number.into(), Form::Number)
                } else if let Some(at) = read_moment(word) {
                    literal(moment(at).into(), Form::DateTime)
                } else if word.parse::<chrono::NaiveDate>().is_ok() {
                    literal(word.as_str().into(), Form::Date)
                } else {
                    return Err(self.unexpected());
                }
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(found)
    }

    fn order(&mut self) -> Result<Vec<Order>, Refused> {
        let mut order = Vec::new();
        loop {
            let field = self.word()?;
            let is_down = self.takes("DESC");
            let _ = !is_down && self.takes("ASC");
            let mut nulls_last = false;
            if self.takes("NULLS") {
                nulls_last = self.takes("LAST");
                if !nulls_last {
                    self.needs("FIRST")?;
                }
            }
            order.push(Order {
                field,
                is_down,
                nulls_last,
            });
            if !self.sign(",") {
                return Ok(order);
            }
        }
    }
}

/// Reads a query.
pub(crate) fn parse(text: &str) -> Result<Query, Refused> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
    };
    parser.needs("SELECT")?;
    let mut fields = vec![parser.word()?];
    let is_count = fields[0].eq_ignore_ascii_case("COUNT") && parser.sign("(");
    if is_count {
        parser.needs_sign(")")?;
    } else {
        while parser.sign(",") {
            let field = parser.word()?;
            if fields
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&field))
            {
                return Err((
                    "INVALID_FIELD",
                    format!("duplicate field selected: {field}"),
                ));
            }
            fields.push(field);
        }
    }
    parser.needs("FROM")?;
    let object = parser.word()?;
    let condition = match parser.takes("WHERE") {
        true => Some(parser.condition()?),
        false => None,
    };
    let mut order = Vec::new();
    if parser.takes("ORDER") {
        parser.needs("BY")?;
        order = parser.order()?;
    }
    let limit = match parser.takes("LIMIT") {
        true => Some(parser.count()?),
        false => None,
    };
    let offset = match parser.takes("OFFSET") {
        true => Some(parser.count()?),
        false => None,
    };
    if parser.at != parser.tokens.len() {
        return Err(parser.unexpected());
    }
    if offset.is_some_and(|offset| offset > LARGEST_OFFSET) {
        let words = format!("Maximum SOQL offset allowed is {LARGEST_OFFSET}");
        return Err(("NUMBER_OUTSIDE_VALID_RANGE", words));
    }
    Ok(Query {
        fields,
        is_count,
        object,
        condition,
        order,
        limit,
        offset,
    })
}
