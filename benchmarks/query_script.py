"""The cost of a question without regloupe: import sentence-transformers, load the model, encode one query.

python benchmarks/query_script.py MODEL_FOLDER QUESTION
"""

from __future__ import annotations

import sys

from sentence_transformers import SentenceTransformer

if __name__ == "__main__":
    folder, question = sys.argv[1:]
    vector = SentenceTransformer(folder, device="cpu").encode([f"query: {question}"], normalize_embeddings=True)
    print(vector.shape)
