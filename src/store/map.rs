//! A table with types: keys that sort as bytes, rows that know their version.
use super::view::{Direction, View};
use super::writer::Change;
use crate::error::{Fault, Result};
use crate::id::SecretHash;
use crate::row::Row;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

/// A typed table. `number` is its place in `tables::NAMES`.
pub struct Map<K, R> {
    pub number: usize,
    pub name: &'static str,
    types: PhantomData<fn(K) -> R>,
}

/// A kind of key whose bytes sort as its values do.
pub trait Key: Sized + AsKey<Self> {
    /// What reading gives back.
    type Owned;
    fn read(bytes: &[u8]) -> Option<Self::Owned>;
}

/// Something that can be looked up in a table with keys of the kind `K`.
pub trait AsKey<K> {
    fn write(&self, bytes: &mut Vec<u8>);

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32);
        self.write(&mut bytes);
        bytes
    }
}

/// Keys that are text. Looked up with any `&str`.
pub struct Text(String);

impl<K: Key, R: Row> Map<K, R> {
    pub const fn new(number: usize, name: &'static str) -> Self {
        Map { number, name, types: PhantomData }
    }

    pub fn get(&self, view: &dyn View, key: impl AsKey<K>) -> Result<Option<R>> {
        let mut row = None;
        view.get(self.number, &key.bytes(), &mut |bytes| {
            row = Some(R::decode(bytes)?);
            Ok(())
        })?;
        Ok(row)
    }

    /// Likewise, for what is only shown: a row that cannot be read is logged and left out, so that one bad row never breaks
    /// a list (S41).
    pub fn seen(&self, view: &dyn View, key: impl AsKey<K>) -> Result<Option<R>> {
        let mut row = None;
        view.get(self.number, &key.bytes(), &mut |bytes| {
            match R::decode(bytes) {
                Ok(found) => row = Some(found),
                Err(fault) => tracing::error!(table = self.name, %fault, "left out a row that cannot be read"),
            }
            Ok(())
        })?;
        Ok(row)
    }

    /// The row that another row says is there.
    pub fn need(&self, view: &dyn View, key: impl AsKey<K>) -> Result<R> {
        self.get(view, key)?.ok_or_else(|| Fault(format!("a row of {} is missing", self.name)).into())
    }

    pub fn has(&self, view: &dyn View, key: impl AsKey<K>) -> Result<bool> {
        view.get(self.number, &key.bytes(), &mut |_| Ok(()))
    }

    /// Walks a range until `each` says false. A row that cannot be read is logged and passed over, so that one bad
    /// row never breaks a list (S41).
    pub fn walk(
        &self,
        view: &dyn View,
        range: impl RangeBounds<K>,
        direction: Direction,
        mut each: impl FnMut(K::Owned, R) -> Result<bool>,
    ) -> Result<()> {
        self.walk_bytes(view, range, direction, |key, bytes| match R::decode(bytes) {
            Ok(row) => each(key, row),
            Err(fault) => {
                tracing::error!(table = self.name, %fault, "passed over a row that cannot be read");
                Ok(true)
            }
        })
    }

    /// Walks a range without decoding rows.
    pub fn walk_bytes(
        &self,
        view: &dyn View,
        range: impl RangeBounds<K>,
        direction: Direction,
        mut each: impl FnMut(K::Owned, &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let from = bound(range.start_bound());
        let to = bound(range.end_bound());
        view.walk(self.number, as_slice(&from), as_slice(&to), direction, &mut |key, bytes| match K::read(key) {
            Some(key) => each(key, bytes),
            None => Err(Fault(format!("a key of {} cannot be read", self.name)).into()),
        })
    }

    /// Up to `limit` rows of a range, in order.
    pub fn list(&self, view: &dyn View, range: impl RangeBounds<K>, limit: usize) -> Result<Vec<(K::Owned, R)>> {
        let mut rows = Vec::new();
        self.walk(view, range, Direction::Up, |key, row| {
            rows.push((key, row));
            Ok(rows.len() < limit)
        })?;
        Ok(rows)
    }

    pub fn put(&self, change: &mut Change, key: impl AsKey<K>, row: &R) -> Result<()> {
        change.put(self.number, &key.bytes(), &row.encode())
    }

    /// Whether there was one.
    pub fn remove(&self, change: &mut Change, key: impl AsKey<K>) -> Result<bool> {
        change.remove(self.number, &key.bytes())
    }
}

fn bound<K: Key>(bound: Bound<&K>) -> Bound<Vec<u8>> {
    bound.map(AsKey::bytes)
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}

impl Key for u64 {
    type Owned = u64;
    fn read(bytes: &[u8]) -> Option<u64> {
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    }
}

impl AsKey<u64> for u64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_be_bytes());
    }
}

impl Key for (u64, u64) {
    type Owned = (u64, u64);
    fn read(bytes: &[u8]) -> Option<(u64, u64)> {
        let (first, second) = bytes.split_at_checked(8)?;
        Some((u64::read(first)?, u64::read(second)?))
    }
}

impl AsKey<(u64, u64)> for (u64, u64) {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.0.write(bytes);
        self.1.write(bytes);
    }
}

impl Key for (u64, u64, u64) {
    type Owned = (u64, u64, u64);
    fn read(bytes: &[u8]) -> Option<(u64, u64, u64)> {
        let (first, rest) = bytes.split_at_checked(8)?;
        let (second, third) = <(u64, u64)>::read(rest)?;
        Some((u64::read(first)?, second, third))
    }
}

impl AsKey<(u64, u64, u64)> for (u64, u64, u64) {
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.0, self.1).write(bytes);
        self.2.write(bytes);
    }
}

impl Key for SecretHash {
    type Owned = SecretHash;
    fn read(bytes: &[u8]) -> Option<SecretHash> {
        bytes.try_into().ok()
    }
}

impl AsKey<SecretHash> for SecretHash {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self);
    }
}

impl Key for Text {
    type Owned = String;
    fn read(bytes: &[u8]) -> Option<String> {
        String::from_utf8(bytes.to_vec()).ok()
    }
}

impl AsKey<Text> for Text {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.0.as_bytes());
    }
}

impl AsKey<Text> for &str {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.as_bytes());
    }
}

impl AsKey<Text> for &String {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.as_bytes());
    }
}
