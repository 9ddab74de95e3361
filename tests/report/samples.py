"""Two files of the report's tests: marks and answers, with errors, an absence and totals."""

from __future__ import annotations

WIDE = (
    "Keycode,Q1,Q2,Total\nKEYCODE1,1,2,3\nKEYCODE2,3,x,\nKEYCODE3,ABS,,\nKEYCODE9,4,5,10\n"
    "Total,4,2,\n"
)
OMR = "file_id,input_path,output_path,score,Roll,q1,q2\n1,a,b,0,KEYCODE4,A,\n2,a,b,0,KEYCODE5,B,C\n"
