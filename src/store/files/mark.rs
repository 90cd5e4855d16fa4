//! How far a blob is: its length, and its sum up to there, so that an upload goes on without reading what there is.
use crate::error::Fault;
use sha2::Sha256;
use sha2::digest::common::hazmat::{SerializableState, SerializedState};

#[derive(Clone, Default)]
pub struct Mark {
    pub length: u64,
    /// Of all bytes up to `length`.
    pub sum: Sha256,
}

impl Mark {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.length.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.sum.serialize());
        bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Mark, Fault> {
        let broken = || Fault::new("the mark of a blob cannot be read");
        let (length, sum) = bytes.split_first_chunk::<8>().ok_or_else(broken)?;
        let state = SerializedState::<Sha256>::try_from(sum).map_err(|_| broken())?;
        let sum = Sha256::deserialize(&state).map_err(|_| broken())?;
        Ok(Mark { length: u64::from_be_bytes(*length), sum })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;

    #[test]
    fn a_sum_goes_on_where_it_was() {
        let mut mark = Mark::default();
        mark.sum.update(b"the first part, longer than one block of sixty-four bytes, and then ");
        mark.length = 68;
        let mut again = Mark::decode(&mark.encode()).unwrap();
        again.sum.update(b"the rest");
        let whole = Sha256::digest(b"the first part, longer than one block of sixty-four bytes, and then the rest");
        assert_eq!((again.length, again.sum.finalize()), (68, whole));
        assert!(Mark::decode(&mark.encode()[..20]).is_err());
        assert!(Mark::decode(b"").is_err());
    }
}
