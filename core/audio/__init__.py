"""Songs in, stems out."""
