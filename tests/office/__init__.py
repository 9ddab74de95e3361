"""What is done before the marks: sheets, what is outstanding, and the doctor."""
